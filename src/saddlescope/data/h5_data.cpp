#include "saddlescope/data/h5_data.hpp"

#include "saddlescope/base/require.hpp"
#include "saddlescope/io/hdf5.hpp"

namespace saddlescope {

Dataset read_h5_data(const std::filesystem::path& file) {
  const Hdf5Reader reader(file);
  Dataset data;
  data.x = reader.matrix("/x").transpose();
  data.y = reader.matrix("/y").transpose();
  require(data.x.cols() == data.y.cols(),
          "{}: /y: expected {} rows, one for each row of /x, found {}", file.string(),
          data.x.cols(), data.y.cols());
  require(data.x.size() > 0, "{}: /x: expected at least one row and column, found {} x {}",
          file.string(), data.x.cols(), data.x.rows());
  require(data.y.size() > 0, "{}: /y: expected at least one row and column, found {} x {}",
          file.string(), data.y.cols(), data.y.rows());
  data.name = reader.text("/", "name").value_or(file.filename().string());
  data.normalisation = reader.text("/", "normalisation").value_or("none");
  for (auto [path, target] : {std::pair{"/shift", &data.shift}, std::pair{"/scale", &data.scale}}) {
    if (!reader.exists(path)) continue;
    *target = reader.vector(path);
    require(target->size() == data.x.rows(),
            "{}: {}: expected length {}, that of a row of /x, "
            "found {}",
            file.string(), path, data.x.rows(), target->size());
  }
  require(data.shift.size() == data.scale.size(),
          "{}: expected both of /shift and /scale or none, found one", file.string());
  return data;
}

void write_dataset(const std::filesystem::path& file, const Dataset& data) {
  check(data);
  Hdf5Writer writer(file);
  writer.matrix("/x", data.x.transpose());
  writer.matrix("/y", data.y.transpose());
  if (data.shift.size() > 0) {
    writer.vector("/shift", data.shift);
    writer.vector("/scale", data.scale);
  }
  writer.attribute("/", "name", data.name);
  writer.attribute("/", "normalisation", data.normalisation);
  writer.attribute("/", "checksum", checksum(data));
  writer.commit();
}

}  // namespace saddlescope
