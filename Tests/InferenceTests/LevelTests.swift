import NetworkKernels
import Processor
import Testing

@testable import Inference

/// Runs only where the processor has the wide level; elsewhere there is nothing to compare.
@Suite(
    "Each level of vector instructions gives the same bits",
    .enabled(
        if: InstructionLevel.current == .wide, "the processor has no 512-bit vectors, or the environment forbids them"))
struct LevelTests {
    private let levels = InstructionLevel.allCases.map { loops(for: $0) }

    /// What a loop writes at each level, which must be the same.
    private func expectSameBits(
        _ count: Int, _ name: String, _ compute: (any VectorLoops.Type, UnsafeMutablePointer<Float>) -> Void
    ) {
        let results = levels.map { level in
            var result = [Float](repeating: 0.5, count: count)
            result.withUnsafeMutableBufferPointer { compute(level, $0.baseAddress!) }
            return result.map(\.bitPattern)
        }
        #expect(results[0] == results[1], "\(name)")
        #expect(Set(results[0]).count > min(2, count / 8), "\(name) writes nothing")
    }

    private static let epilogues = [
        Epilogue(), Epilogue(before: .function(.relu)), Epilogue(before: .function(.silu)),
        Epilogue(hasResidual: true, after: .function(.clip(low: -1, high: 1))),
        Epilogue(before: .channelSlopes, hasResidual: true), Epilogue(before: .channelSlopes),
        Epilogue(before: .function(.leakyRelu(alpha: 0.1))),
    ]

    @Test(arguments: [(1, 1, 1), (7, 7, 3), (5, 29, 5), (20, 6, 20)])
    func directConvolution(height: Int, width: Int, blocks: Int) {
        for runCount in [1, 20] {
            for (rowStep, columnStep) in [(width * 16, 16), (2 * width * 32, 32)] {
                let size = 2 * height * width * 32 + 64
                let convolution = DirectConvolution(
                    height: height, width: width, rowStep: rowStep, columnStep: columnStep,
                    runs: (0..<runCount).map { $0 * 3 }, runLength: 16, blocks: blocks, places: 1)
                let input = randomFloats(size + runCount * 3 + 16, seed: 1)
                let weights = randomFloats(convolution.packedCount, seed: 2)
                let channels = randomFloats(blocks * 16, seed: 3), count = blocks * height * width * 16
                let residual = randomFloats(count, seed: 4)
                for (index, epilogue) in Self.epilogues.enumerated() {
                    expectSameBits(count, "direct, epilogue \(index)") { level, out in
                        level.convolve(
                            convolution, input, weights: weights, bias: channels, slopes: channels,
                            residual: epilogue.hasResidual ? residual : nil, epilogue: epilogue,
                            pixels: 0..<height * width, panels: 0..<blocks, to: out)
                    }
                }
            }
        }
    }

    @Test(arguments: [(4, 4, 1, 1), (9, 14, 2, 3), (23, 17, 20, 2)])
    func winogradConvolution(height: Int, width: Int, inputs: Int, outputs: Int) {
        let convolution = WinogradConvolution(
            input: (height, width), output: (height, width), top: 1, left: 1, inputBlocks: inputs,
            outputBlocks: outputs)
        let input = randomFloats(inputs * height * width * 16, seed: 1)
        let weights = randomFloats(convolution.packedCount, seed: 2), channels = randomFloats(outputs * 16, seed: 3)
        let residual = randomFloats(outputs * height * width * 16, seed: 4)
        let tiles = 0..<min(convolution.tiles, convolution.tilesPerPiece)
        for (index, epilogue) in Self.epilogues.enumerated() {
            expectSameBits(residual.count, "Winograd, epilogue \(index)") { level, out in
                var v = [Float](repeating: 0, count: convolution.transformedCount)
                var m = [Float](repeating: 0, count: convolution.sumCount)
                level.transformInputs(convolution, input, tiles: tiles, blocks: 0..<inputs, to: &v)
                level.multiply(
                    convolution, v, weights: weights, tiles: tiles.count, places: 0..<WinogradConvolution.places, to: &m
                )
                level.transformOutputs(
                    convolution, m, bias: channels, slopes: channels,
                    residual: epilogue.hasResidual ? residual : nil, epilogue: epilogue, tiles: tiles,
                    blocks: 0..<outputs, to: out)
            }
        }
    }

    @Test(arguments: [(3, 1), (3, 2), (5, 1), (5, 2), (4, 3)]) func depthwiseConvolution(kernel: Int, stride: Int) {
        let size = 19, output = (size + 2 - kernel) / stride + 1
        let convolution = DepthwiseConvolution(
            input: (size, size), output: (output, output), kernel: (kernel, kernel), stride: (stride, stride),
            dilation: (1, 1), top: 1, left: 1)
        let input = randomFloats(size * size * 16, seed: 1), weights = randomFloats(kernel * kernel * 16, seed: 2)
        let channels = randomFloats(16, seed: 3), residual = randomFloats(output * output * 16, seed: 4)
        for (index, epilogue) in Self.epilogues.enumerated() {
            expectSameBits(residual.count, "depthwise, epilogue \(index)") { level, out in
                level.convolve(
                    convolution, input, weights: weights, bias: channels, slopes: channels,
                    residual: epilogue.hasResidual ? residual : nil, epilogue: epilogue,
                    rows: 0..<output, to: out)
            }
        }
    }

    @Test(arguments: [32, 63, 64, 100, 130]) func convolutionToFewOutputs(width: Int) {
        let convolution = FewOutputsConvolution(
            height: 2, width: width, channels: 3, kernel: (3, 3), row: width + 2, plane: 4 * (width + 2),
            dilation: (1, 1))
        let input = randomFloats(3 * 4 * (width + 2) + 32, seed: 1)
        let weights = randomFloats(convolution.packedCount, seed: 2)
        expectSameBits(2 * 2 * width, "few outputs") { level, out in
            level.convolve(
                convolution, input, weights: weights, bias: (0.1, 0.2, 0.3), rows: 0..<2,
                to: (out, out + 2 * width, nil))
        }
    }

    @Test(arguments: [(1, 1, 1), (6, 16, 256), (15, 33, 257), (100, 49, 300)])
    func matrixProduct(rows: Int, columns: Int, depth: Int) {
        let a = randomFloats(rows * depth, seed: 1)
        let b = randomFloats(MatrixProduct.packedCount(depth: depth, columns: columns), seed: 2)
        let bias = randomFloats((columns + 15) / 16 * 16, seed: 3)
        for (row, column) in [(depth, 1), (1, rows)] {
            expectSameBits(rows * columns, "matrix product") { level, out in
                var scratch = [Float](repeating: 0, count: MatrixProduct.scratchCount)
                level.multiply(
                    a, aRow: row, aColumn: column, b, rows: rows, depth: depth, columns: columns,
                    panels: 0..<(columns + 15) / 16, bias: bias, to: out, cRow: columns, scratch: &scratch)
            }
        }
    }

    @Test(arguments: FunctionTests.functions.indices) func functions(index: Int) {
        let function = FunctionTests.functions[index].0, input = randomFloats(203, seed: 1).map { $0 * 5 }
        expectSameBits(203, "\(function)") { level, out in level.apply(function, input, to: out, count: 203) }
    }

    @Test(arguments: [(1, 1), (5, 16), (33, 300)]) func productsWithRows(columns: Int, depth: Int) {
        let x = randomFloats(depth, seed: 1), weights = randomFloats(columns * depth, seed: 2)
        expectSameBits(columns, "products with rows") { level, out in
            level.dots(x, weights, depth: depth, rows: 0..<columns, scale: 0.5, bias: x, to: out)
        }
    }

    @Test func planesAndSums() {
        let x = randomFloats(333 * 16, seed: 1), y = randomFloats(333 * 16, seed: 2)
        for function in [BinaryFunction.add, .subtract, .multiply, .divide, .maximum, .minimum, .prelu] {
            expectSameBits(555, "\(function)") { level, out in
                level.apply(function, x, step: 1, y, step: 1, to: out, count: 555)
            }
            expectSameBits(333 * 16, "\(function) of channels") { level, out in
                level.perChannel(function, x, y, swapped: true, to: out, pixels: 333)
            }
        }
        expectSameBits(333 * 16, "normalization") { level, out in
            level.normalize(x, to: out, pixels: 333, epsilon: 1e-5, scale: y, bias: y)
        }
        for power: Float in [0.75, 0.5, 0.6] {
            expectSameBits(3 * 100 * 16, "normalization across channels") { level, out in
                level.normalizeAcross(
                    x, blocks: 3, channels: 37, plane: 1600, pixels: 0..<100, before: 2, after: 3, scale: 0.5, bias: 1,
                    power: power, to: out)
            }
        }
        expectSameBits(29 * 31, "transposition") { level, out in
            level.transpose(x, row: 40, rows: 29, columns: 31, to: out, row: 29)
        }
        expectSameBits(16, "mean") { level, out in level.mean(x, pixels: 333, to: out) }
        expectSameBits(4, "sums") { level, out in
            out[0] = Float(level.sum(x, count: 5001))
            out[1] = Float(level.squaredDeviations(x, count: 5001, mean: 0.25))
            out[2] = level.maximum(x, count: 5001)
            var exponentials = [Float](repeating: 0, count: 5001)
            out[3] = Float(level.exponentials(x, to: &exponentials, count: 5001, shift: 0.5))
        }
    }
}
