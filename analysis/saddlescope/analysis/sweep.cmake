# Sweeps: grids, jobs, records, workers, tables.
target_sources(saddlescope_analysis
  PRIVATE
    process_team.cpp
    sweep_curves.cpp
    sweep_estimate.cpp
    sweep_figure.cpp
    sweep_grid.cpp
    sweep_job.cpp
    sweep_lock.cpp
    sweep_record.cpp
    sweep_run.cpp
    sweep_table.cpp
    work_progress.cpp
  PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/analysis" FILES
    process_team.hpp
    sweep_curves.hpp
    sweep_estimate.hpp
    sweep_figure.hpp
    sweep_grid.hpp
    sweep_job.hpp
    sweep_lock.hpp
    sweep_record.hpp
    sweep_run.hpp
    sweep_table.hpp
    work_progress.hpp
    worker_team.hpp)
