# Training.
target_sources(saddlescope_analysis
  PRIVATE
    train_figure.cpp
    train_files.cpp
    train_floor.cpp
    train_log.cpp
    train_options.cpp
    train_problem.cpp
    train_resume.cpp
    train_study.cpp
    train_text.cpp
  PUBLIC FILE_SET HEADERS BASE_DIRS "${PROJECT_SOURCE_DIR}/analysis" FILES
    train_files.hpp
    train_floor.hpp
    train_log.hpp
    train_study.hpp)
