/* What the program needs of MPI, as a module of its own (mpi_module.cpp) gives it: the program loads
   the module only under an MPI launcher, so that it starts as fast, and on machines without MPI,
   as if there were none. C linkage: found by name. */
#pragma once

struct MpiCalls {
  int rank, size;
  /* 0: done. */
  int (*send)(int to, const void* bytes, int size);
  /* Bytes of the next message and its sender; -1 if none came within the seconds. */
  int (*wait)(int* from, double seconds);
  int (*receive)(int from, void* bytes, int size);
  void (*finish)(void);
};

#define SADDLESCOPE_MPI_START "saddlescope_mpi_start"
