import KernelParameters
import Kernels
import Processor
import Testing

/// The levels that this processor has.
private let levels = InstructionLevel.allCases.filter { $0 <= .current }

@Suite("Every level of instructions gives the bits of the definition")
struct HotLoopTests {
    /// Weights of two neighbours in a quad that fit 16 bits together with bytes.
    private func quad(_ randomness: inout Randomness) -> Int32 {
        let quads: [[Int]] = [[0, 0, 0, 0], [-128, 0, 127, 1], [64, -64, 64, 64], [1, 2, 3, 4], [-1, 8, -1, 0]]
        let weights =
            Bool.random(using: &randomness)
            ? quads.randomElement(using: &randomness)!
            : (0..<4).map { _ in Int.random(in: -64...64, using: &randomness) }
        return weights.enumerated().reduce(Int32(0)) {
            $0 | Int32(bitPattern: UInt32(UInt8(truncatingIfNeeded: $1.element)) << UInt32(8 * $1.offset))
        }
    }

    private func rows<Sample: BitwiseCopyable & Numeric>(
        _ count: Int, of type: Sample.Type
    ) -> [GuardedRow<Sample>] {
        (0..<4).map { _ in GuardedRow([Sample](repeating: 1, count: count), fence: 77) }
    }

    @Test(arguments: levels, [(0, 0), (1, 0), (0, 1), (9, 0), (6, 3), (40, 7)])
    func quads(_ level: InstructionLevel, _ taps: (common: Int, lower: Int)) {
        var randomness = Randomness(taps.common)
        let ends: [QuadEnd] = [
            .sums, .bytes, .scaledBytes(factor: 1.0 / 9, term: 0.5 + 0.25 / 9), .scaledBytes(factor: 0.001, term: 0.5),
        ]
        for count in rowLengths {
            let quads = Fill.random.samples(4 * (count + 192), in: UInt8.min...UInt8.max, &randomness)
            let table = (0..<taps.common + taps.lower).map { _ in
                QuadTap(
                    byteOffset: 4 * Int.random(in: 0..<64, using: &randomness),
                    weights: (0..<4).map { _ in quad(&randomness) })
            }
            for end in ends {
                let bytes = end == .sums ? 4 * count : count
                let (fast, plain) = (rows(bytes, of: UInt8.self), rows(bytes, of: UInt8.self))
                for (rows, isFast) in [(fast, true), (plain, false)] {
                    let scratch = [UInt8](repeating: 0, count: QuadWork.scratchByteCount)
                    var outputs = rows.map { UnsafeMutableRawPointer($0.start) }
                    withExtendedLifetime(rows) {
                        table.withUnsafeBufferPointer { table in
                            outputs.withUnsafeMutableBufferPointer { outputs in
                                scratch.withUnsafeBytes { scratch in
                                    let work = QuadWork(
                                        quads: quads, taps: table.baseAddress ?? UnsafePointer(bitPattern: 8)!,
                                        commonCount: taps.common, lowerCount: taps.lower,
                                        outputs: outputs.baseAddress!, count: count, term: -77, end: end,
                                        scratch: UnsafeMutableRawPointer(mutating: scratch.baseAddress!))
                                    isFast ? HotLoops.at(level).convolveQuads(work) : convolveQuadsScalar(work)
                                }
                            }
                        }
                    }
                }
                let samples = (fast.map(\.samples), plain.map(\.samples))
                #expect(samples.0 == samples.1, "\(end) \(count)")
                let guarded = fast + plain
                #expect(guarded.allSatisfy { $0.isIntact })
            }
        }
    }

    @Test(arguments: levels) func quadsWithWeightsOfTheirOwn(_ level: InstructionLevel) {
        var randomness = Randomness(3)
        for count in [16, 48] {
            let quads = Fill.random.samples(4 * (count + 64), in: UInt8.min...UInt8.max, &randomness)
            let offsets = [0, 4, 12, 40]
            let weights = (0..<offsets.count * 4 * count).map { _ in quad(&randomness) }
            var sums = [Int32](repeating: 0, count: 4 * count)
            sums.withUnsafeMutableBufferPointer {
                HotLoops.at(level).convolveQuadLanes(
                    QuadLaneWork(
                        quads: quads, byteOffsets: offsets, tapCount: offsets.count, weights: weights,
                        sums: $0.baseAddress!, count: count, term: 5))
            }
            for row in 0..<4 {
                for x in 0..<count {
                    var sum: Int32 = 5
                    for (tap, offset) in offsets.enumerated() {
                        let quad = weights[(4 * tap + row) * count + x]
                        for i in 0..<4 {
                            sum +=
                                Int32(quads[offset + 4 * x + i]) * Int32(Int8(truncatingIfNeeded: quad >> Int32(8 * i)))
                        }
                    }
                    #expect(sums[row * count + x] == sum)
                }
            }
        }
    }

    @Test(arguments: levels) func bytesOfFourRowsSideBySide(_ level: InstructionLevel) {
        var randomness = Randomness(5)
        for count in rowLengths {
            let rows = (0..<4).map { _ in Fill.random.samples(count + 63, in: UInt8.min...UInt8.max, &randomness) }
            var quads = [UInt8](repeating: 9, count: 4 * (count + 63))
            quads.withUnsafeMutableBytes {
                HotLoops.at(level).interleaveRows(rows[0], rows[1], rows[2], rows[3], $0.baseAddress!, count)
            }
            let expected = (0..<4 * count).map { rows[$0 % 4][$0 / 4] }
            #expect(Array(quads[..<(4 * count)]) == expected)
        }
    }

    /// The taps of a window of `rows` rows and two columns.
    private func taps(_ rows: Int, _ randomness: inout Randomness) -> (taps: [FloatTap], ends: [Int]) {
        var taps: [FloatTap] = []
        var ends: [Int] = []
        for set in FloatWindowWork.sets {
            for row in 0..<rows + 3 {
                let results = (0..<4).filter { (0..<rows).contains(row - $0) }
                guard results.first! == set.lowerBound, results.last! == set.upperBound else { continue }
                for column in 0..<2 {
                    taps.append(
                        FloatTap(
                            row: row, offset: 3 * column,
                            weights: (0..<4).map { _ in Float.random(in: -2...2, using: &randomness) }))
                }
            }
            ends.append(taps.count)
        }
        return (taps, ends)
    }

    @Test(arguments: levels, [1, 2, 3, 4, 9]) func windowsOfFloats(_ level: InstructionLevel, _ rowCount: Int) {
        var randomness = Randomness(rowCount)
        for count in rowLengths {
            let (taps, ends) = taps(rowCount, &randomness)
            for isBytes in [false, true] {
                let bytes = (0..<rowCount + 3).map { _ in
                    Fill.random.samples(count + 72, in: UInt8.min...UInt8.max, &randomness)
                }
                let floats = (0..<rowCount + 3).map { _ in
                    Fill.random.samples(count + 72, in: Float(-1000)...70_000, &randomness)
                }
                let stride = count + 64
                var fast = [Float](repeating: 1, count: 4 * stride)
                var plain = fast
                func work(_ output: UnsafeMutableRawPointer, _ body: (FloatWindowWork) -> Void) {
                    let starts =
                        isBytes
                        ? bytes.map { $0.withUnsafeBytes { $0.baseAddress! } }
                        : floats.map { $0.withUnsafeBytes { $0.baseAddress! } }
                    withExtendedLifetime((bytes, floats)) {
                        starts.withUnsafeBufferPointer { rows in
                            taps.withUnsafeBufferPointer { taps in
                                ends.withUnsafeBufferPointer { ends in
                                    body(
                                        FloatWindowWork(
                                            rows: rows.baseAddress!, taps: taps.baseAddress!, ends: ends.baseAddress!,
                                            output: output, outputBytes: 4 * stride, count: count))
                                }
                            }
                        }
                    }
                }
                let loops = HotLoops.at(level)
                fast.withUnsafeMutableBytes {
                    work($0.baseAddress!) { isBytes ? loops.convolveByteWindow($0) : loops.convolveWindow($0) }
                }
                plain.withUnsafeMutableBytes { work($0.baseAddress!) { convolveWindowScalar($0, isBytes: isBytes) } }
                for row in 0..<4 {
                    let range = row * stride..<row * stride + count
                    #expect(fast[range] == plain[range])
                }
            }
        }
    }

    @Test(arguments: levels, [1, 2, 5]) func mirroredColumnsOfFloats(_ level: InstructionLevel, _ reach: Int) {
        var randomness = Randomness(reach)
        let weights = (0...reach).map { _ in Float.random(in: -2...2, using: &randomness) }
        func expectSame<Sample>(_ rows: [[Sample]], _ count: Int, isBytes: Bool) {
            let stride = count + 32
            func compute(_ body: (MirroredColumnWork) -> Void) -> [Float] {
                var output = [Float](repeating: 1, count: 4 * stride)
                let starts = rows.map { $0.withUnsafeBytes { $0.baseAddress! } }
                withExtendedLifetime(rows) {
                    output.withUnsafeMutableBytes { output in
                        starts.withUnsafeBufferPointer { starts in
                            weights.withUnsafeBufferPointer { weights in
                                body(
                                    MirroredColumnWork(
                                        rows: starts.baseAddress!, weights: weights.baseAddress!, reach: reach,
                                        output: output.baseAddress!, outputBytes: 4 * stride, count: count))
                            }
                        }
                    }
                }
                return (0..<4).flatMap { output[$0 * stride..<$0 * stride + count] }
            }
            let loops = HotLoops.at(level)
            let fast = compute { isBytes ? loops.convolveByteColumn($0) : loops.convolveColumn($0) }
            #expect(fast == compute { convolveColumnScalar($0, isBytes: isBytes) })
        }
        for count in rowLengths {
            expectSame(
                (0..<2 * reach + 4).map { _ in
                    Fill.random.samples(count + 32, in: UInt8.min...UInt8.max, &randomness)
                }, count, isBytes: true)
            expectSame(
                (0..<2 * reach + 4).map { _ in Fill.random.samples(count + 32, in: Float(-1000)...70_000, &randomness)
                },
                count, isBytes: false)
        }
    }

    @Test(arguments: levels, [(1, false), (2, false), (9, false), (1, true), (3, true), (9, true)])
    func rowsOfFloats(_ level: InstructionLevel, _ shape: (columnCount: Int, isMirrored: Bool)) {
        let (columnCount, isMirrored) = shape
        var randomness = Randomness(columnCount)
        let scratch = UnsafeMutableRawPointer.allocate(byteCount: FloatRowWork.scratchByteCount, alignment: 64)
        defer { scratch.deallocate() }
        for count in rowLengths {
            for fill in Fill.allCases {
                let row: [Float] = fill.samples(count + 160, in: Float(-20)...300, &randomness)
                let range: ClosedRange<Float> = columnCount == 1 ? 1...1 : -1...1
                var weights: [Float] = Fill.random.samples(columnCount, in: range, &randomness)
                if isMirrored { weights = zip(weights, weights.reversed()).map { max($0, $1) } }
                var fast = [Float](repeating: 1, count: count + 1)
                var plain = fast
                var bytes = [UInt8](repeating: 1, count: count + 1)
                let work = FloatRowWork(
                    row: row.withUnsafeBufferPointer { $0.baseAddress! },
                    weights: weights.withUnsafeBufferPointer { $0.baseAddress! }, columnCount: columnCount,
                    isMirrored: isMirrored, step: 3, term: columnCount == 2 ? 0.5 : 0, count: count, ahead: scratch,
                    scratch: scratch)
                withExtendedLifetime((row, weights)) {
                    fast.withUnsafeMutableBufferPointer { HotLoops.at(level).convolveRow(work, $0.baseAddress!) }
                    plain.withUnsafeMutableBufferPointer { convolveRowScalar(work, to: $0.baseAddress!) }
                    bytes.withUnsafeMutableBufferPointer {
                        HotLoops.at(level).convolveRowToBytes(work, $0.baseAddress!)
                    }
                }
                #expect(fast == plain)
                #expect(bytes[count] == 1)
                let expected = plain[..<count].map { UInt8(min(max($0, 0), 255).rounded(.toNearestOrAwayFromZero)) }
                #expect(Array(bytes[..<count]) == expected)
            }
        }
    }

    /// Halves, what lies just below them, and what is no number.
    @Test(arguments: levels) func floatsRoundToBytes(_ level: InstructionLevel) {
        var row = (0..<256).flatMap { value in
            let half = Float(value) + 0.5
            return [Float(value), half.nextDown, half, half.nextUp]
        }
        row += [-0.5, -0.25, -0.0, .nan, .infinity, -.infinity, 1e30, -1e30, 255.5, 256]
        let count = row.count
        let expected: [UInt8] = row.map { $0.isNaN ? 0 : UInt8(min(max($0, 0), 255).rounded(.toNearestOrAwayFromZero)) }
        row += [Float](repeating: 0, count: 128)
        let scratch = UnsafeMutableRawPointer.allocate(byteCount: FloatRowWork.scratchByteCount, alignment: 64)
        defer { scratch.deallocate() }
        var bytes = [UInt8](repeating: 1, count: count + 128)
        bytes.withUnsafeMutableBufferPointer { bytes in
            row.withUnsafeBufferPointer { row in
                let one: [Float] = [1]
                one.withUnsafeBufferPointer {
                    HotLoops.at(level).convolveRowToBytes(
                        FloatRowWork(
                            row: row.baseAddress!, weights: $0.baseAddress!, columnCount: 1, isMirrored: false, step: 1,
                            term: 0, count: count, ahead: scratch, scratch: scratch), bytes.baseAddress!)
                }
            }
        }
        #expect(Array(bytes[..<count]) == expected)
    }

    @Test(arguments: levels, [(1, 2, 0), (3, 5, 0), (3, 2, 1), (2, 3, 1)])
    func boxes(_ level: InstructionLevel, _ parts: (part: Int, parts: Int, rest: Int)) {
        var randomness = Randomness(parts.part)
        let columnCount = parts.part * parts.parts + parts.rest
        for count in rowLengths where count > 0 {
            let reach = count + (columnCount - 1) * 3 + 128
            let rows = (0..<2).map { _ in Fill.random.samples(reach, in: UInt8.min...UInt8.max, &randomness) }
            let columns = Fill.random.samples(reach, in: UInt16.min...UInt16.max, &randomness)
            for divides in [false, true] {
                var (fast, plain) = (columns, columns)
                var sums = [UInt16](repeating: 1, count: count + 128)
                var expected = sums
                var bytes = [UInt8](repeating: 1, count: count + 128)
                var scratch = [UInt16](repeating: 0, count: 2 * reach + 384)
                let division = ShortDivision(most: 2295, half: 4, factor: 7282, shift: 0)
                func work(_ columns: UnsafeMutablePointer<UInt16>, _ body: (BoxWork) -> Void) {
                    scratch.withUnsafeMutableBufferPointer { scratch in
                        rows[0].withUnsafeBufferPointer { entering in
                            rows[1].withUnsafeBufferPointer { leaving in
                                body(
                                    BoxWork(
                                        columns: columns, entering: entering.baseAddress!,
                                        leaving: leaving.baseAddress!, scratch: scratch.baseAddress!, part: parts.part,
                                        parts: parts.parts, rest: parts.rest, step: 3, count: count))
                            }
                        }
                    }
                }
                let loops = HotLoops.at(level)
                fast.withUnsafeMutableBufferPointer { columns in
                    sums.withUnsafeMutableBufferPointer { sums in
                        bytes.withUnsafeMutableBufferPointer { bytes in
                            work(columns.baseAddress!) {
                                divides
                                    ? loops.divideBox($0, division, bytes.baseAddress!)
                                    : loops.sumBox($0, sums.baseAddress!)
                            }
                        }
                    }
                }
                plain.withUnsafeMutableBufferPointer { columns in
                    expected.withUnsafeMutableBufferPointer { sums in
                        work(columns.baseAddress!) { sumBoxScalar($0, to: sums.baseAddress!) }
                    }
                }
                let used = count + (columnCount - 1) * 3
                #expect(fast[..<used] == plain[..<used])
                if divides {
                    let quotients = expected[..<count].map { UInt8((min(Int($0), 2295) + 4) / 9) }
                    #expect(Array(bytes[..<count]) == quotients)
                } else {
                    #expect(sums[..<count] == expected[..<count])
                }
            }
        }
    }

    private static let windows: [ShortWindowWeights] = [
        ShortWindowWeights(columns: (1, 1, 1), sides: (1, 1, 1), center: (0, 0, 0), last: 0, term: 0),
        ShortWindowWeights(columns: (0, 1, 0), sides: (-1, 5, -1), center: (-1, 0, -1), last: 0, term: -7),
        ShortWindowWeights(columns: (1, 1, 1), sides: (-1, -1, -1), center: (0, 5, 0), last: 4, term: 0),
        ShortWindowWeights(columns: (3, -10, 3), sides: (-1, 0, 2), center: (9, 8, 7), last: -6, term: 1000),
        ShortWindowWeights(columns: (0, 0, 0), sides: (0, 0, 0), center: (0, 127, 0), last: 127, term: 0),
    ]

    @Test(arguments: levels, windows.indices) func shortWindows(_ level: InstructionLevel, _ index: Int) {
        var randomness = Randomness(index)
        let weights = Self.windows[index]
        let loops = HotLoops.at(level)
        let division = ShortDivision(most: 2295, half: 4, factor: 7282, shift: 0)
        for count in rowLengths {
            for isBytes in [true, false] {
                let room = 128
                let samples = (0..<3).map { _ in
                    Fill.random.samples(
                        count + 3 * room, in: isBytes ? 0...255 : -6000...6000 as ClosedRange<Int16>, &randomness)
                }
                let bytes = samples.map { $0.map { UInt8(truncatingIfNeeded: $0) } }
                let scratch = UnsafeMutablePointer<Int16>.allocate(capacity: count + ShortWindowWork.scratchCount)
                let memory = UnsafeMutableRawPointer.allocate(byteCount: 2 * count + 512, alignment: 64)
                defer {
                    scratch.deallocate()
                    memory.deallocate()
                }
                // Bytes begin anywhere in a vector.
                let start = memory + (64 + count % 64)
                func work(first: Int, isFar: Bool, _ body: (ShortWindowWork) -> Void) {
                    memory.initializeMemory(as: UInt8.self, repeating: 77, count: 2 * count + 512)
                    let rows =
                        isBytes
                        ? bytes.map { $0.withUnsafeBytes { $0.baseAddress! + room } }
                        : samples.map { $0.withUnsafeBytes { $0.baseAddress! + 2 * room } }
                    withExtendedLifetime((bytes, samples)) {
                        body(
                            ShortWindowWork(
                                top: rows[0], middle: rows[1], bottom: rows[2], step: 3, ahead: rows[0], first: first,
                                end: count, output: start, isFar: isFar, following: start, scratch: scratch))
                    }
                }
                var expected = [Int16](repeating: 0, count: count)
                work(first: 0, isFar: false) { work in
                    expected.withUnsafeMutableBufferPointer {
                        sumShortsScalar(work, weights, isBytes: isBytes, to: $0.baseAddress ?? scratch)
                    }
                }
                work(first: 0, isFar: false) { work in
                    isBytes ? loops.sumByteWindow(work, weights) : loops.sumShortWindow(work, weights)
                }
                let found = (0..<count).map { start.loadUnaligned(fromByteOffset: 2 * $0, as: Int16.self) }
                #expect(found == expected, "\(count)")
                for (first, isFar) in [(0, false), (0, true), (min(5, count), true)] {
                    for end in [
                        ShortEnd.clipped, .divided(division, isSigned: true), .divided(division, isSigned: false),
                    ] {
                        work(first: first, isFar: isFar) { work in
                            isBytes
                                ? loops.finishByteWindow(work, weights, end)
                                : loops.finishShortWindow(work, weights, end)
                        }
                        finishStreaming()
                        let bytes: [UInt8] = expected.map { sum in
                            switch end {
                            case .clipped: UInt8(clamping: sum)
                            case .divided(_, let isSigned):
                                UInt8((min(isSigned ? max(Int(sum), 0) : Int(UInt16(bitPattern: sum)), 2295) + 4) / 9)
                            }
                        }
                        let all = UnsafeRawBufferPointer(start: memory, count: 2 * count + 512)
                        let offset = 64 + count % 64
                        #expect(
                            all[(offset + first)..<(offset + count)].elementsEqual(bytes[first...]), "\(end) \(count)")
                        #expect(all[..<(offset + first)].allSatisfy { $0 == 77 })
                        #expect(all[(offset + count)...].allSatisfy { $0 == 77 })
                    }
                }
            }
        }
    }
}
