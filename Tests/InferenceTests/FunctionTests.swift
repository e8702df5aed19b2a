import Glibc
import NetworkKernels
import Processor
import Testing

@testable import Inference

@Suite("Vectorised functions equal their definition")
struct FunctionTests {
    static let functions: [(UnaryFunction, @Sendable (Double) -> Double)] = [
        (.exponential, { exp($0) }), (.sigmoid, { 1 / (1 + exp(-$0)) }), (.tanh, { tanh($0) }),
        (.silu, { $0 / (1 + exp(-$0)) }), (.mish, { $0 * tanh(log1p(exp($0))) }),
        (.elu(alpha: 1.5), { $0 < 0 ? 1.5 * expm1($0) : $0 }),
        (.selu(alpha: 1.67326, gamma: 1.0507), { 1.0507 * ($0 < 0 ? 1.67326 * expm1($0) : $0) }),
        (.celu(alpha: 2), { max(0, $0) + min(0, 2 * expm1($0 / 2)) }),
        (.gelu, { 0.5 * $0 * (1 + erf($0 / 2.0.squareRoot())) }),
        (.geluTanh, { 0.5 * $0 * (1 + tanh(0.7978845608028654 * ($0 + 0.044715 * $0 * $0 * $0))) }),
        (.softplus, { log1p(exp($0)) }), (.softsign, { $0 / (1 + abs($0)) }), (.erf, { erf($0) }),
        (.relu, { max(0, $0) }), (.leakyRelu(alpha: 0.1), { $0 < 0 ? 0.1 * $0 : $0 }),
        (.hardSwish(alpha: 1 / 6, beta: 0.5), { $0 * min(1, max(0, $0 / 6 + 0.5)) }),
        (.hardSigmoid(alpha: 0.2, beta: 0.5), { min(1, max(0, 0.2 * $0 + 0.5)) }),
        (.thresholdedRelu(alpha: 1), { $0 > 1 ? $0 : 0 }), (.clip(low: -1, high: 2), { min(2, max(-1, $0)) }),
        (.absolute, { abs($0) }), (.negative, { -$0 }), (.floor, { $0.rounded(.down) }),
        (.sine, { sin($0) }), (.cosine, { cos($0) }), (.ceiling, { $0.rounded(.up) }),
        (.round, { $0.rounded(.toNearestOrEven) }),
    ]

    @Test(arguments: functions.indices) func values(index: Int) {
        let (function, reference) = Self.functions[index]
        for count in [0, 1, 15, 16, 17, 33, 2001] {
            // From −20 to 20, densest around zero; guards behind the last element.
            let input = (0..<count).map { i in
                let t = count > 1 ? Double(i) / Double(count - 1) * 2 - 1 : 0.3
                return Float(20 * t * t * t)
            }
            var output = [Float](repeating: 777, count: count + 8)
            loops.apply(function, input, to: &output, count: count)
            for (x, y) in zip(input, output) {
                let expected = reference(Double(x))
                #expect(abs(Double(y) - expected) <= 3e-6 * abs(expected) + 5e-7, "\(function) of \(x)")
            }
            #expect(output[count...].allSatisfy { $0 == 777 })
        }
    }

    @Test func extremes() {
        let input: [Float] = [-.infinity, .infinity, .nan, -200, 200, 88.5, -86, 0]
        var output = [Float](repeating: 0, count: 8)
        loops.apply(.exponential, input, to: &output, count: 8)
        #expect(output[0] == 0 && output[1] == .infinity && output[2].isNaN && output[3] == 0)
        #expect(output[4] == .infinity && output[5].isFinite && output[6] > 0 && output[7] == 1)
        loops.apply(.relu, input, to: &output, count: 8)
        #expect(output[0] == 0 && output[1] == .infinity && output[2].isNaN)
        loops.apply(.sigmoid, input, to: &output, count: 8)
        // Below −87 it stays at what it is there.
        #expect((0...2e-38).contains(output[0]) && output[1] == 1 && output[2].isNaN && output[7] == 0.5)
        loops.apply(.tanh, input, to: &output, count: 8)
        #expect(output[0] == -1 && output[1] == 1 && output[2].isNaN && output[7] == 0)
    }

    @Test(arguments: 1...17) func blockedLayoutAndBack(plane: Int) {
        for channels in [1, 3, 8, 13, 16] {
            let planes = (0..<channels * plane).map { Float($0 + 1) }
            var block = [Float](repeating: -1, count: plane * 16 + 8),
                back = [Float](repeating: -1, count: planes.count + 8)
            loops.block(planes, channels: channels, plane: plane, to: &block)
            for p in 0..<plane {
                for c in 0..<16 { #expect(block[p * 16 + c] == (c < channels ? planes[c * plane + p] : 0)) }
            }
            loops.unblock(block, fromLane: 0, channels: channels, plane: plane, to: &back)
            #expect(Array(back[..<planes.count]) == planes)
            #expect(block[(plane * 16)...].allSatisfy { $0 == -1 } && back[planes.count...].allSatisfy { $0 == -1 })
        }
    }

    /// Channels within one block, and across three.
    @Test(arguments: [(0, 1), (5, 3), (3, 12), (9, 7), (0, 16), (14, 21), (16, 32), (31, 10)], [1, 2, 8, 9, 33])
    func someChannelsOfBlocks(part: (first: Int, count: Int), plane: Int) {
        let (first, count) = part
        // Exactly the blocks' memory, so that AddressSanitizer sees what is read beyond it.
        let blocks = (0..<3 * plane * 16).map { Float($0) }
        func channel(_ c: Int, _ p: Int) -> Float { blocks[((first + c) / 16 * plane + p) * 16 + (first + c) % 16] }
        var planes = [Float](repeating: -1, count: count * plane + 1), pixels = planes
        var c = 0
        while c < count {
            let lane = (first + c) % 16, here = min(16 - lane, count - c)
            blocks.withUnsafeBufferPointer { blocks in
                planes.withUnsafeMutableBufferPointer {
                    loops.unblock(
                        blocks.baseAddress! + (first + c) / 16 * plane * 16, fromLane: lane, channels: here,
                        plane: plane, to: $0.baseAddress! + c * plane)
                }
            }
            c += here
        }
        // The second half first: it must not be overwritten by the first.
        for range in [plane / 2..<plane, 0..<plane / 2] {
            loops.unblockPixels(
                blocks, block: plane * 16, first: first, channels: count, pixels: range, to: &pixels)
        }
        for p in 0..<plane {
            for c in 0..<count {
                #expect(planes[c * plane + p] == channel(c, p))
                #expect(pixels[p * count + c] == channel(c, p))
            }
        }
        #expect(planes[count * plane] == -1 && pixels[count * plane] == -1)
    }

    /// Every element is computed once, whatever the pieces are.
    @Test(arguments: [(1, 1, 1), (5, 300, 3), (57, 48, 20), (112, 10, 7), (196, 192, 5), (197, 65, 9), (400, 70, 4)])
    func piecesOfAProduct(rows: Int, columns: Int, depth: Int) {
        let a = randomFloats(rows * depth, seed: 1), b = randomFloats(depth * columns, seed: 2)
        var packed = [Float](repeating: 0, count: MatrixProduct.packedCount(depth: depth, columns: columns))
        MatrixProduct.pack(b, rowStride: columns, columnStride: 1, depth: depth, columns: columns, to: &packed)
        let product = PiecewiseProduct(rows: rows, depth: depth, columns: columns)
        let bias = randomFloats((columns + 15) / 16 * 16, seed: 3)
        var c = [Float](repeating: 777, count: rows * columns + 16)
        for piece in (0..<product.count).reversed() {
            product.run(
                piece, a, rowStride: depth, columnStride: 1, packed: packed, bias: bias, to: &c
            ) { row, columns in
                for index in 0..<columns.count { row[index] += Float(columns.lowerBound + index) * 100 }
            }
        }
        for i in 0..<rows {
            for j in 0..<columns {
                let expected = (0..<depth).reduce(Double(100 * j) + Double(bias[j])) {
                    $0 + Double(a[i * depth + $1]) * Double(b[$1 * columns + j])
                }
                #expect(abs(Double(c[i * columns + j]) - expected) < 1e-3 + 1e-6 * expected)
            }
        }
        #expect(c[(rows * columns)...].allSatisfy { $0 == 777 })
    }

    @Test(arguments: [(1, 1, 1), (6, 16, 256), (7, 17, 257), (100, 33, 5), (97, 15, 300)])
    func matrixProduct(rows: Int, columns: Int, depth: Int) {
        let a = randomFloats(rows * depth, seed: 1), b = randomFloats(depth * columns, seed: 2)
        var packed = [Float](repeating: 0, count: MatrixProduct.packedCount(depth: depth, columns: columns))
        MatrixProduct.pack(b, rowStride: columns, columnStride: 1, depth: depth, columns: columns, to: &packed)
        var c = [Float](repeating: 777, count: rows * columns + 16)
        var scratch = [Float](repeating: 0, count: MatrixProduct.scratchCount)
        let panels = 0..<(columns + 15) / 16
        loops.multiply(
            a, aRow: depth, aColumn: 1, packed, rows: rows, depth: depth, columns: columns, panels: panels,
            bias: nil, to: &c, cRow: columns, scratch: &scratch)
        for i in 0..<rows {
            for j in 0..<columns {
                let expected = (0..<depth).reduce(0.0) { $0 + Double(a[i * depth + $1]) * Double(b[$1 * columns + j]) }
                #expect(abs(Double(c[i * columns + j]) - expected) < 1e-4)
            }
        }
        #expect(c[(rows * columns)...].allSatisfy { $0 == 777 })
    }
}
