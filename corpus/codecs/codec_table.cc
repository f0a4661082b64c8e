#include "corpus/codecs/codec_table.h"

namespace corpusmill {

// Each codec is defined in the file of its name: kGzipCodec in gzip.cc.
extern const CodecInfo kGzipCodec, kBzip2Codec, kXzCodec, kZstdCodec;

CodecTable Codecs() {
  // In the order of the enumerators of Codec. Append new codecs at the end.
  static constexpr const CodecInfo* kTable[] = {
      &kGzipCodec,
      &kBzip2Codec,
      &kXzCodec,
      &kZstdCodec,
  };
  return kTable;
}

const CodecInfo& InfoOf(Codec codec, CodecTable codecs) {
  return *codecs[static_cast<size_t>(codec) - 1];
}

Match MatchMagic(std::string_view head, std::string_view magic) {
  if (head.starts_with(magic)) return Match::kYes;
  return magic.starts_with(head) ? Match::kPartial : Match::kNo;
}

}  // namespace corpusmill
