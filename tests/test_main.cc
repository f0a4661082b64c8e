#include <algorithm>
#include <cstdlib>
#include <vector>

#include "tests/testing.h"

namespace corpusmill {

namespace fs = std::filesystem;

TestFolder::TestFolder() {
  const char* const base = std::getenv("TEST_TMPDIR");
  std::string pattern = (base != nullptr ? fs::path(base) : fs::temp_directory_path()) / "t.XXXXXX";
  path_ = mkdtemp(pattern.data());
}

TestFolder::~TestFolder() {
  std::error_code error;
  fs::remove_all(path_, error);
}

std::string TestFolder::Write(const std::string& name, std::string_view bytes) const {
  const fs::path path = path_ / name;
  fs::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
  return path.string();
}

std::vector<std::string> TestFolder::List() const {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(path_)) {
    names.push_back(fs::relative(entry.path(), path_).string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string DataFolder() {
  const char* const folder = std::getenv("CORPUSMILL_DATA");
  return folder == nullptr ? "" : folder;
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file.good()) << "cannot read " << path;
  std::ostringstream bytes;
  bytes << file.rdbuf();
  return bytes.str();
}

}  // namespace corpusmill

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
