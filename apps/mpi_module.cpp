// The module that speaks MPI. See mpi_calls.h.
#include <ctime>

#include <mpi.h>

#include "mpi_calls.h"

namespace {

constexpr int kTag = 0;

int send(int to, const void* bytes, int size) {
  return MPI_Send(bytes, size, MPI_BYTE, to, kTag, MPI_COMM_WORLD);
}

// Asks now and then instead of spinning, which would take a core from the jobs.
int wait(int* from, double seconds) {
  const double end = MPI_Wtime() + seconds;
  for (;;) {
    int there = 0;
    MPI_Status status;
    MPI_Iprobe(MPI_ANY_SOURCE, kTag, MPI_COMM_WORLD, &there, &status);
    if (there != 0) {
      int size = 0;
      MPI_Get_count(&status, MPI_BYTE, &size);
      *from = status.MPI_SOURCE;
      return size;
    }
    if (MPI_Wtime() >= end) return -1;
    constexpr long kPause = 100000;  // ns
    const timespec pause = {0, kPause};
    nanosleep(&pause, nullptr);
  }
}

int receive(int from, void* bytes, int size) {
  return MPI_Recv(bytes, size, MPI_BYTE, from, kTag, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
}

void finish() { MPI_Finalize(); }

}  // namespace

extern "C" const MpiCalls* saddlescope_mpi_start() {
  static MpiCalls calls = {0, 1, send, wait, receive, finish};
  if (MPI_Init(nullptr, nullptr) != MPI_SUCCESS) return nullptr;
  MPI_Comm_rank(MPI_COMM_WORLD, &calls.rank);
  MPI_Comm_size(MPI_COMM_WORLD, &calls.size);
  return &calls;
}
