// Every study, by the figure it reproduces (papers: data/references.bib).
#pragma once

#include "saddlescope/analysis/reproduction.hpp"

namespace saddlescope::analysis {

[[nodiscard]] Study inference_energy_study();       // saddles-fig1
[[nodiscard]] Study chain_escape_study();           // saddles-fig2
[[nodiscard]] Study origin_spectra_study();         // saddles-fig3
[[nodiscard]] Study zero_rank_spectra_study();      // saddles-fig9
[[nodiscard]] Study origin_escape_study();          // saddles-fig5
[[nodiscard]] Study matrix_completion_study();      // saddles-fig6
[[nodiscard]] Study chain_landscape_study();        // trust-fig1
[[nodiscard]] Study optimal_direction_study();      // trust-fig2
[[nodiscard]] Study deep_chain_study();             // trust-fig3
[[nodiscard]] Study best_rate_study();              // trust-fig4
[[nodiscard]] Study weight_noise_study();           // trust-fig6
[[nodiscard]] Study mupc_depth_study();             // mupc-fig1
[[nodiscard]] Study mupc_long_study();              // mupc-long
[[nodiscard]] Study conditioning_map_study();       // mupc-fig2
[[nodiscard]] Study conditioning_training_study();  // mupc-fig3
[[nodiscard]] Study width_depth_ratio_study();      // mupc-fig6
[[nodiscard]] Study activity_size_study();          // mupc-figA29
[[nodiscard]] Study narrow_valley_study();          // mupc-toy
[[nodiscard]] Study activity_decay_study();         // mupc-decay
[[nodiscard]] Study gradient_cosine_study();        // limits-fig1
[[nodiscard]] Study mean_field_training_study();    // limits-fig2
[[nodiscard]] Study lazy_rich_study();              // limits-figA3
[[nodiscard]] Study saddle_to_saddle_study();       // limits-figA4
[[nodiscard]] Study unfinished_inference_study();   // limits-fig3
[[nodiscard]] Study nonlinear_width_study();        // limits-fig4
[[nodiscard]] Study inference_solver_study();       // jpc-fig1
[[nodiscard]] Study closed_form_study();            // jpc-fig2
[[nodiscard]] Study closed_form_training_study();   // dmft-1

}  // namespace saddlescope::analysis
