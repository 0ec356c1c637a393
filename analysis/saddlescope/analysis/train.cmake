# Training.
target_sources(saddlescope_analysis
  PRIVATE
    train_figure.cpp
    train_files.cpp
    train_floor.cpp
    train_frame.cpp
    train_log.cpp
    train_options.cpp
    train_probe_figures.cpp
    train_problem.cpp
    train_resume.cpp
    train_seeds.cpp
    train_seeds_figure.cpp
    train_seeds_files.cpp
    train_study.cpp
    train_text.cpp
  PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/analysis" FILES
    train_files.hpp
    train_floor.hpp
    train_frame.hpp
    train_log.hpp
    train_seeds.hpp
    train_study.hpp)
