#ifndef CORPUSMILL_TESTS_PIPELINES_STAGES_FASTTEXT_TESTING_H_
#define CORPUSMILL_TESTS_PIPELINES_STAGES_FASTTEXT_TESTING_H_

#include <fasttext/fasttext.h>

#include <string>

#include "tests/testing.h"

namespace corpusmill {

/// Trains a classifier of two labels, `good` (apple banana cherry) and `bad` (spam scam casino),
/// and returns the path of its model.
inline std::string TrainTestModel(const TestFolder& folder,
                                  fasttext::loss_name loss = fasttext::loss_name::softmax,
                                  bool quantize = false) {
  std::string lines;
  for (int i = 0; i < 20; ++i) {
    lines += "__label__good apple banana cherry\n__label__bad spam scam casino\n";
  }
  fasttext::Args args;
  args.input = folder.Write("train.txt", lines);
  args.output = folder / "model";
  args.model = fasttext::model_name::sup;
  args.loss = loss;
  args.dim = 4;
  args.lr = 1;
  args.epoch = 15;
  args.minCount = 1;
  args.minn = 2;
  args.maxn = 3;
  args.wordNgrams = 2;
  args.bucket = 300;
  args.thread = 1;
  args.verbose = 0;
  fasttext::FastText model;
  model.train(args);
  if (quantize) {
    fasttext::Args quantization = args;
    quantization.qnorm = true;
    quantization.dsub = 2;
    model.quantize(quantization);
  }
  const std::string path = folder / (quantize ? "model.ftz" : "model.bin");
  model.saveModel(path);
  return path;
}

}  // namespace corpusmill

#endif  // CORPUSMILL_TESTS_PIPELINES_STAGES_FASTTEXT_TESTING_H_
