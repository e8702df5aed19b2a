import Dataflow
import KernelParameters
import Kernels
import Raster

/// A 3×3 convolution of bytes, or several that follow one another, in 16-bit integers.
///
/// It works on blocks of columns, row after row: of each stage but the last one the three rows that the next stage looks
/// at stay in the first-level cache.
struct ShortChainRows: WindowOperator {
    struct Stage: Sendable {
        let weights: ShortWindowWeights
        let border: BorderMode
    }

    /// Of all stages together.
    let window: WindowGeometry
    let input: FieldFormat
    let sums: FieldFormat
    let arithmetic: String
    let loops: HotLoops
    var rounding: Rounding?
    private let stages: [Stage]
    /// Samples of a row that are computed at once.
    private let blocks: [Range<Int>]
    private let block: Int
    /// Samples that all stages together look at on each side.
    private let reach: Int
    /// Samples before a piece of a row: those, and what loops read before them.
    private let pad: Int

    /// Rows of a stage's results that the next one looks at.
    private static let ringRows = 3
    /// Loops may read and write this many samples further.
    private static let slack = 128
    /// Results that go past the caches do so in lines, which begin up to this many samples behind a block's first one.
    private static let line = 64
    static let mostStages = 7

    /// - `stages`: 1...7, with any border but `wrap`; more than one with `replicate` or `reflect`.
    init(
        stages: [Stage], input: FieldFormat, sums: FieldFormat, window: WindowGeometry, arithmetic: String,
        loops: HotLoops
    ) {
        self.stages = stages
        self.input = input
        self.sums = sums
        self.window = window
        self.arithmetic = arithmetic
        self.loops = loops
        reach = stages.count * input.channels
        pad = ((reach + 31) & ~31) + 32
        let total = sums.samplesPerRow
        if stages.count == 1 {
            block = min(1 << 14, (total + 127) & ~127)
            blocks = RowPieces.blocks(of: total, most: block, halo: max(pad, Self.slack))
        } else {
            // What the stages leave behind has to stay in the first-level cache, beside the rows fetched ahead.
            block = min(2176, (total + 127) & ~127)
            let count = total <= block ? 1 : (total + block - 129) / (block - 128)
            let bounds = (0...count).map { $0 == count ? total : total * $0 / count & ~127 }
            blocks = zip(bounds, bounds.dropFirst()).map { $0..<$1 }
        }
    }

    // MARK: Scratch memory

    // In this order: the row to go on with; for each stage the next row and the rows it looks at; zeros; pieces of the
    // input's rows with what lies beside the picture; rings of rows for each block; loops' scratch; sums.

    private static let tagBytes = 256
    /// Not a multiple of a page: rows that lie one apart share no place in the cache.
    private var rowBytes: Int { (2 * (block + 2 * pad + Self.line + 2 * Self.slack) & ~63) + 192 }
    private var ringBytes: Int { Self.ringRows * rowBytes }
    private var blockBytes: Int { (stages.count - 1) * ringBytes }
    private var pieceBytes: Int { (block + 2 * pad + Self.line + 2 * Self.slack + 63) & ~63 }
    private var loopBytes: Int { rowBytes + 2 * ShortWindowWork.scratchCount }

    var scratchByteCount: Int {
        Self.tagBytes + (1 + Self.ringRows) * pieceBytes + blocks.count * blockBytes + loopBytes + 4 * rowBytes
    }

    /// A block of columns, and the memory for it.
    private struct Place {
        let input: RowWindow
        let output: RowWindow
        let range: Range<Int>
        let isFirst: Bool
        let isLast: Bool
        let end: ShortEnd?
        /// For each stage, the next row to compute.
        let next: UnsafeMutablePointer<Int>
        /// For each stage, the three rows that it looked at last; nil before the first.
        let rows: UnsafeMutablePointer<(UnsafeRawPointer?, UnsafeRawPointer?, UnsafeRawPointer?)>
        /// The sample of the input under the block's first one.
        let start: Int
        let zeros: UnsafeMutableRawPointer
        /// Where pieces of the input's rows are copied to; nil where they are read as they are.
        let pieces: UnsafeMutableRawPointer?
        /// The next row to copy.
        var nextPiece: Int
        let ring: UnsafeMutableRawPointer
        let loopScratch: UnsafeMutableRawPointer
    }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        // Scratch memory begins as zeros, and the row to go on with is never row 0.
        let tags = work.scratch.assumingMemoryBound(to: Int.self)
        let goesOn = rows.lowerBound > 0 && tags[0] == rows.lowerBound
        let looked = (tags + 8).withMemoryRebound(
            to: (UnsafeRawPointer?, UnsafeRawPointer?, UnsafeRawPointer?).self, capacity: Self.mostStages
        ) { $0 }
        let zeros = work.scratch + Self.tagBytes
        let pieces = zeros + pieceBytes
        let rings = pieces + Self.ringRows * pieceBytes
        let end = rounding.flatMap(byteEnd)
        let height = input.size.height
        let shift = window.border == .valid ? input.channels : 0
        for index in blocks.indices {
            let range = blocks[index]
            let start = range.lowerBound + shift
            for stage in stages.indices {
                let below = stages.count - 1 - stage
                tags[1 + stage] =
                    goesOn ? min(rows.lowerBound + below, height) : max(rows.lowerBound - below, 0)
                looked[stage] = (nil, nil, nil)
            }
            let isCopied =
                start < pad
                || start + range.count + reach + (index == blocks.count - 1 ? 0 : Self.line) > input.samplesPerRow
            var place = Place(
                input: inputs[0], output: output, range: range, isFirst: index == 0, isLast: index == blocks.count - 1,
                end: end, next: tags + 1, rows: looked, start: start, zeros: zeros, pieces: isCopied ? pieces : nil,
                nextPiece: max(tags[1] - 1, 0), ring: rings + index * blockBytes,
                loopScratch: rings + blocks.count * blockBytes)
            for y in rows { advance(stages.count - 1, to: y, &place) }
        }
        if output.isFar { finishStreaming() }
        tags[0] = rows.upperBound
    }

    /// Computes a stage to row `row`, and before that what it looks at.
    private func advance(_ stage: Int, to row: Int, _ place: inout Place) {
        while place.next[stage] <= row {
            let y = place.next[stage]
            if stage > 0 { advance(stage - 1, to: min(y + 1, input.size.height - 1), &place) }
            if stage == stages.count - 1 { finish(y, &place) } else { computeStage(stage, y, &place) }
            place.next[stage] = y + 1
        }
    }

    /// The rows that a stage looks at for row `y`.
    private func look(_ stage: Int, _ y: Int, _ place: inout Place)
        -> (top: UnsafeRawPointer, middle: UnsafeRawPointer, bottom: UnsafeRawPointer, ahead: UnsafeRawPointer)
    {
        let first = window.border == .valid ? y : y - 1
        let before = place.rows[stage]
        let top = before.1 ?? row(first, of: stage, &place)
        let middle = before.2 ?? row(first + 1, of: stage, &place)
        let bottom = row(first + 2, of: stage, &place)
        place.rows[stage] = (top, middle, bottom)
        let ahead = first + 5
        let isFar = stage == 0 && place.input.isFar && ahead < input.size.height
        return (top, middle, bottom, isFar ? UnsafeRawPointer(place.input.row(ahead) + place.start) : bottom)
    }

    /// The work on row `y`, whole at once: what is changed afterwards and then copied waits for the stores before it.
    private func work(
        _ stage: Int, _ y: Int, _ place: inout Place, first: Int, end: Int, to output: UnsafeMutableRawPointer,
        isFar: Bool = false, following: UnsafeMutableRawPointer? = nil
    ) -> ShortWindowWork {
        let rows = look(stage, y, &place)
        return ShortWindowWork(
            top: rows.top, middle: rows.middle, bottom: rows.bottom, step: input.channels, ahead: rows.ahead,
            first: first, end: end, output: output, isFar: isFar, following: following ?? output,
            scratch: place.loopScratch.assumingMemoryBound(to: Int16.self))
    }

    /// Row `y` of what a stage looks at, which may lie outside the picture.
    private func row(_ y: Int, of stage: Int, _ place: inout Place) -> UnsafeRawPointer {
        let height = input.size.height
        guard let source = y >= 0 && y < height ? y : stages[stage].border.source(of: y, count: height) else {
            return UnsafeRawPointer(place.zeros + pad)
        }
        if stage > 0 {
            return UnsafeRawPointer(
                place.ring + (stage - 1) * ringBytes + source % Self.ringRows * rowBytes + 2 * pad)
        }
        guard let pieces = place.pieces else { return UnsafeRawPointer(place.input.row(source) + place.start) }
        while place.nextPiece <= source {
            let row = place.nextPiece
            copy(place.input.row(row), to: pieces + row % Self.ringRows * pieceBytes + pad, place)
            place.nextPiece = row + 1
        }
        return UnsafeRawPointer(pieces + source % Self.ringRows * pieceBytes + pad)
    }

    /// The piece of a row of the input that a block looks at.
    private func copy(_ row: UnsafeMutableRawPointer, to piece: UnsafeMutableRawPointer, _ place: Place) {
        let total = input.samplesPerRow
        let first = place.start - reach
        let end = place.start + place.range.count + reach + (place.isLast ? 0 : Self.line)
        let inside = max(first, 0)..<min(end, total)
        let samples = piece - place.start
        (samples + inside.lowerBound).copyMemory(from: row + inside.lowerBound, byteCount: inside.count)
        let channels = input.channels
        for pixel in stride(from: first / channels, to: 0, by: 1) { fill(pixel, samples, row) }
        for pixel in stride(from: input.size.width, to: (end + channels - 1) / channels, by: 1) {
            fill(pixel, samples, row)
        }
    }

    private func fill(_ pixel: Int, _ samples: UnsafeMutableRawPointer, _ row: UnsafeMutableRawPointer) {
        let channels = input.channels
        let to = samples + pixel * channels
        if let source = stages[0].border.source(of: pixel, count: input.size.width) {
            to.copyMemory(from: row + source * channels, byteCount: channels)
        } else {
            to.initializeMemory(as: UInt8.self, repeating: 0, count: channels)
        }
    }

    private func computeStage(_ stage: Int, _ y: Int, _ place: inout Place) {
        let channels = input.channels
        let pixels = stages.count - 1 - stage
        let row = place.ring + stage * ringBytes + y % Self.ringRows * rowBytes + 2 * pad
        let end =
            place.range.count + pixels * channels
            + (place.end != nil && place.output.isFar && !place.isLast ? Self.line : 0)
        let work = work(stage, y, &place, first: -((pixels * channels + 31) & ~31), end: end, to: row)
        if stage == 0 {
            loops.sumByteWindow(work, stages[stage].weights)
        } else {
            loops.sumShortWindow(work, stages[stage].weights)
        }
        // The next stage looks beyond the border of this one's results.
        let border = stages[stage + 1].border
        let samples = row.assumingMemoryBound(to: Int16.self) - place.range.lowerBound
        let width = input.size.width
        if place.range.lowerBound < pixels * channels {
            for pixel in -pixels..<0 { fill(pixel, border, samples) }
        }
        if place.range.lowerBound + end > width * channels {
            for pixel in width..<width + pixels { fill(pixel, border, samples) }
        }
    }

    private func fill(_ pixel: Int, _ border: BorderMode, _ samples: UnsafeMutablePointer<Int16>) {
        let channels = input.channels
        guard let source = border.source(of: pixel, count: input.size.width) else { return }
        for channel in 0..<channels { samples[pixel * channels + channel] = samples[source * channels + channel] }
    }

    private func finish(_ y: Int, _ place: inout Place) {
        let last = stages.count - 1
        let weights = stages[last].weights
        let count = place.range.count
        let to = place.output.row(y) + place.range.lowerBound * output.type.byteCount
        if let bytes = place.end {
            var (first, end) = (0, count)
            if place.output.isFar {
                // No line belongs to two blocks.
                let samples = Int(bitPattern: to)
                if !place.isFirst { first = -samples & (Self.line - 1) }
                if !place.isLast { end += -(samples + end) & (Self.line - 1) }
            }
            let following = y + 1 < output.size.height ? to + (place.output.row(y + 1) - place.output.row(y)) : to
            let work = work(
                last, y, &place, first: first, end: end, to: to, isFar: place.output.isFar, following: following)
            if last == 0 {
                loops.finishByteWindow(work, weights, bytes)
            } else {
                loops.finishShortWindow(work, weights, bytes)
            }
            return
        }
        var result = place.loopScratch + loopBytes
        let work = work(last, y, &place, first: 0, end: count, to: result)
        if sums.type == .int32 {
            // The last product is added in 32 bits.
            let ints = result + 2 * rowBytes
            let others = ShortWindowWeights(
                columns: weights.columns, sides: weights.sides, center: weights.center, last: 0, term: weights.term)
            let product = ShortWindowWeights(
                columns: (0, 1, 0), sides: (0, 0, 0), center: (0, weights.last, 0), last: 0, term: 0)
            for (weights, isFirst) in [(others, true), (product, false)] {
                sum(work, weights)
                accumulate(
                    result.assumingMemoryBound(to: Int16.self), into: ints.assumingMemoryBound(to: Int32.self),
                    isFirst: isFirst, count: count)
            }
            result = ints
        } else {
            sum(work, weights)
        }
        if let rounding {
            quantizeRow(result, sums.type, to: to, by: rounding.quantizer, count: count)
        } else {
            to.copyMemory(from: result, byteCount: count * sums.type.byteCount)
        }
    }

    private func sum(_ work: ShortWindowWork, _ weights: ShortWindowWeights) {
        if stages.count == 1 { loops.sumByteWindow(work, weights) } else { loops.sumShortWindow(work, weights) }
    }

    /// How the loop itself makes bytes of the sums; nil where it cannot.
    private func byteEnd(_ rounding: Rounding) -> ShortEnd? {
        guard rounding.output.type == .uint8 else { return nil }
        let isSigned = sums.type != .uint16
        if isSigned, rounding.quantizer.byteEnd == .bytes { return .clipped }
        // Sums that were cut off at 32767 have to be larger than what any byte stands for.
        guard let division = rounding.quantizer.shortDivision, sums.type != .int32 || division.most <= Int16.max else {
            return nil
        }
        return .divided(division, isSigned: isSigned)
    }
}

extension ShortWindowWeights {
    /// A 3×3 kernel as a column times a row, and a column in the middle besides; nil where it is none.
    ///
    /// - `last`: the part of the weight in the middle that is to be multiplied on its own.
    init?(_ weights: [Int], last: Int = 0, term: Int) {
        let (left, middle, right) = (
            [weights[0], weights[3], weights[6]], [weights[1], weights[4] - last, weights[7]],
            [weights[2], weights[5], weights[8]]
        )
        let outer = left.contains { $0 != 0 } ? left : right
        let divisor = outer.reduce(0) { greatestCommonDivisor($0, abs($1)) }
        // The first weight of the column is positive: so the most frequent columns are sums of rows.
        let common = (outer.first { $0 != 0 } ?? 0) < 0 ? -divisor : divisor
        let column = common == 0 ? [0, 1, 0] : outer.map { $0 / common }
        let pivot = column.firstIndex { $0 != 0 }!
        /// Which multiple of the column it is, to the precision of the column's first weight.
        func factor(_ weights: [Int]) -> Int { weights[pivot] / column[pivot] }
        func rest(_ weights: [Int], _ factor: Int) -> [Int] { zip(weights, column).map { $0 - factor * $1 } }
        let (leftFactor, rightFactor) = (factor(left), factor(right))
        guard rest(left, leftFactor).allSatisfy({ $0 == 0 }), rest(right, rightFactor).allSatisfy({ $0 == 0 }) else {
            return nil
        }
        // As few weights as possible remain in the middle.
        let side = (column.indices.filter { column[$0] != 0 }.map { middle[$0] / column[$0] } + [0])
            .max { rest(middle, $0).count { $0 == 0 } < rest(middle, $1).count { $0 == 0 } }!
        func short(_ value: Int) -> Int16 { Int16(truncatingIfNeeded: value) }
        func shorts(_ values: [Int]) -> (Int16, Int16, Int16) { (short(values[0]), short(values[1]), short(values[2])) }
        self.init(
            columns: shorts(column), sides: shorts([leftFactor, side, rightFactor]), center: shorts(rest(middle, side)),
            last: short(last), term: short(term))
    }
}
