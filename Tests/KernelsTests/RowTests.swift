import Kernels
import Raster
import Testing

/// A row of any type: its numbers, written and read one by one. It has to outlive the use of `start`.
private final class TypedRow {
    let type: SampleType
    let count: Int
    let start: UnsafeMutableRawPointer
    private let memory: UnsafeMutableRawPointer
    private let byteCount: Int
    private static let fence = 256

    init(_ type: SampleType, _ samples: [Double]) {
        self.type = type
        count = samples.count
        byteCount = count * type.byteCount
        memory = .allocate(byteCount: byteCount + 2 * Self.fence, alignment: 64)
        memory.initializeMemory(as: UInt8.self, repeating: 0x5A, count: byteCount + 2 * Self.fence)
        start = memory + Self.fence
        for (i, sample) in samples.enumerated() {
            switch type {
            case .uint8: start.storeBytes(of: UInt8(sample), toByteOffset: i, as: UInt8.self)
            case .uint16: start.storeBytes(of: UInt16(sample), toByteOffset: 2 * i, as: UInt16.self)
            case .int16: start.storeBytes(of: Int16(sample), toByteOffset: 2 * i, as: Int16.self)
            case .int32: start.storeBytes(of: Int32(sample), toByteOffset: 4 * i, as: Int32.self)
            case .float32: start.storeBytes(of: Float(sample), toByteOffset: 4 * i, as: Float.self)
            }
        }
    }

    deinit { memory.deallocate() }

    var samples: [Double] {
        (0..<count).map { i in
            switch type {
            case .uint8: Double(start.load(fromByteOffset: i, as: UInt8.self))
            case .uint16: Double(start.load(fromByteOffset: 2 * i, as: UInt16.self))
            case .int16: Double(start.load(fromByteOffset: 2 * i, as: Int16.self))
            case .int32: Double(start.load(fromByteOffset: 4 * i, as: Int32.self))
            case .float32: Double(start.load(fromByteOffset: 4 * i, as: Float.self))
            }
        }
    }

    var isIntact: Bool {
        let bytes = memory.assumingMemoryBound(to: UInt8.self)
        return (0..<Self.fence).allSatisfy { bytes[$0] == 0x5A && bytes[Self.fence + byteCount + $0] == 0x5A }
    }
}

extension SampleType {
    fileprivate var bounds: ClosedRange<Int> {
        switch self {
        case .uint8: 0...255
        case .uint16: 0...65535
        case .int16: -32768...32767
        case .int32: -2_000_000_000...2_000_000_000
        case .float32: -16_000_000...16_000_000
        }
    }

    fileprivate func random(_ count: Int, _ randomness: inout Randomness, in range: ClosedRange<Int>? = nil) -> [Double]
    {
        (0..<count).map { _ in Double(Int.random(in: range ?? bounds, using: &randomness)) }
    }
}

@Suite("Loops over rows do what they say")
struct RowTests {
    @Test(arguments: SampleType.allCases, SampleType.allCases) func conversion(_ from: SampleType, _ to: SampleType) {
        if from == .float32, to != .float32 { return }
        var randomness = Randomness(1)
        for length in rowLengths {
            let shared = from.bounds.clamped(to: to.bounds)
            let input = TypedRow(from, from.random(length, &randomness, in: shared))
            let output = TypedRow(to, [Double](repeating: 1, count: length))
            convertRow(input.start, from, to: output.start, to, count: length)
            #expect(output.samples == input.samples)
            #expect(output.isIntact && input.isIntact)
        }
    }

    @Test(arguments: SampleType.allCases) func sumsAndProducts(_ type: SampleType) {
        var randomness = Randomness(2)
        for length in rowLengths {
            let small = type == .uint8 ? 0...80 : (type == .uint16 ? 0...20_000 : -10_000...10_000)
            let samples = type.random(length, &randomness, in: small)
            let product = TypedRow(type, samples)
            multiplyRow(product.start, type, by: 3, count: length)
            #expect(product.samples == samples.map { $0 * 3 })
            let sum = TypedRow(type, samples)
            addToRow(sum.start, type, term: 5, count: length)
            #expect(sum.samples == samples.map { $0 + 5 })
            #expect(product.isIntact && sum.isIntact)
        }
    }

    @Test func quotientsAreRoundedOnce() {
        var randomness = Randomness(3)
        for length in rowLengths {
            let samples = SampleType.float32.random(length, &randomness)
            let row = TypedRow(.float32, samples)
            divideRow(row.start.assumingMemoryBound(to: Float.self), by: 257, count: length)
            #expect(row.samples == samples.map { Double(Float($0 / 257)) })
            #expect(row.isIntact)
        }
    }

    @Test(arguments: SampleType.allCases) func combinations(_ type: SampleType) {
        var randomness = Randomness(4)
        for length in rowLengths {
            let range = type == .uint8 ? 0...127 : (type == .uint16 ? 0...32_767 : -16_000...16_000)
            let (a, b) = (type.random(length, &randomness, in: range), type.random(length, &randomness, in: range))
            for (combination, expected) in [
                (RowCombination.add, zip(a, b).map { $0 + $1 }), (.maximum, zip(a, b).map { max($0, $1) }),
                (.minimum, zip(a, b).map { min($0, $1) }),
            ] {
                let (row, other) = (TypedRow(type, a), TypedRow(type, b))
                combineRow(combination, type, other.start, into: row.start, count: length)
                #expect(row.samples == expected)
                #expect(row.isIntact && other.isIntact)
            }
            let (high, low) = (zip(a, b).map { max($0, $1) }, zip(a, b).map { min($0, $1) })
            let (row, other) = (TypedRow(type, high), TypedRow(type, low))
            combineRow(.subtract, type, other.start, into: row.start, count: length)
            #expect(row.samples == zip(high, low).map { $0 - $1 })
            #expect(row.isIntact && other.isIntact)
        }
    }

    @Test func productsSquaresAndRoots() {
        var randomness = Randomness(5)
        for length in rowLengths {
            let a = (0..<length).map { _ in Float.random(in: -300...300, using: &randomness) }
            let b = (0..<length).map { _ in Float.random(in: -300...300, using: &randomness) }
            for divisor in [Float(1), 255] {
                let row = GuardedRow(a, fence: 9)
                multiplyRow(row.start, by: b, divisor: divisor, count: length)
                #expect(row.samples == zip(a, b).map { $0 * $1 / divisor })
                #expect(row.isIntact)
            }
            let row = GuardedRow(a, fence: 9)
            addSquares(of: b, to: row.start, holdsSquares: false, count: length)
            #expect(row.samples == zip(a, b).map { $0 * $0 + $1 * $1 })
            addSquares(of: b, to: row.start, holdsSquares: true, count: length)
            squareRootRow(row.start, count: length)
            #expect(row.samples == zip(a, b).map { ($0 * $0 + $1 * $1 + $1 * $1).squareRoot() })
            #expect(row.isIntact)
        }
    }

    @Test(arguments: [SampleType.uint8, .uint16, .int16, .int32]) func tables(_ type: SampleType) {
        var randomness = Randomness(6)
        let range = type == .int16 || type == .int32 ? -300...299 : 0...255
        let table = range.map { Float($0) * 0.5 }
        for length in rowLengths {
            let samples = type.random(length, &randomness, in: range)
            let input = TypedRow(type, samples)
            let output = GuardedRow([Float](repeating: 0, count: length), fence: 9)
            table.withUnsafeBufferPointer {
                mapRow(
                    input.start, type, table: $0.baseAddress!, first: range.lowerBound, to: output.start,
                    count: length)
            }
            #expect(output.samples == samples.map { Float($0 * 0.5) })
            #expect(output.isIntact && input.isIntact)
        }
    }

    @Test(arguments: SampleType.allCases, [3, 4]) func luma(_ type: SampleType, _ channels: Int) {
        var randomness = Randomness(7)
        for width in rowLengths {
            let samples = type.random(width * channels, &randomness, in: 0...255)
            let input = TypedRow(type, samples)
            let output = GuardedRow([Float](repeating: 0, count: width), fence: 9)
            lumaRow(
                input.start, type, channels: channels, weights: (299, 587, 114), to: output.start,
                width: width)
            let expected = (0..<width).map { x in
                let p = x * channels
                return Float(299 * samples[p] + 587 * samples[p + 1] + 114 * samples[p + 2])
            }
            #expect(output.samples == expected)
            #expect(output.isIntact && input.isIntact)
        }
    }

    @Test(arguments: [1, 2, 3, 4, 5, 6, 8, 12, 16]) func pixelsMove(_ pixelBytes: Int) {
        var randomness = Randomness(8)
        for count in [0, 1, 2, 17, 130] {
            let input = Fill.random.samples(count * pixelBytes + 1, in: UInt8.min...UInt8.max, &randomness)
            func pixel(_ x: Int) -> ArraySlice<UInt8> { input[1 + x * pixelBytes..<1 + (x + 1) * pixelBytes] }
            let mirrored = GuardedRow([UInt8](repeating: 0, count: count * pixelBytes), fence: 0x77)
            let gathered = GuardedRow([UInt8](repeating: 0, count: count * pixelBytes), fence: 0x77)
            let columns = (0..<count).map { $0 * $0 % max(count, 1) }
            input.withUnsafeBytes { bytes in
                let start = bytes.baseAddress! + 1
                movePixels(
                    from: start + max(count - 1, 0) * pixelBytes, step: -pixelBytes, to: mirrored.start,
                    step: pixelBytes, pixelBytes: pixelBytes, count: count)
                gatherPixels(from: start, columns, to: gathered.start, pixelBytes: pixelBytes)
            }
            #expect(mirrored.samples == (0..<count).reversed().flatMap(pixel))
            #expect(gathered.samples == columns.flatMap(pixel))
            #expect(mirrored.isIntact && gathered.isIntact)
        }
    }
}
