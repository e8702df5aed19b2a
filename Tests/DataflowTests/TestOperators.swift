import Raster

@testable import Dataflow

/// A grid of whole numbers: what a field holds, computed all at once.
struct Grid: Equatable {
    var width: Int
    var rows: [[Int32]]

    var height: Int { rows.count }

    init(random seed: Int, _ width: Int, _ height: Int) {
        var randomness = Randomness(seed)
        self.width = width
        rows = (0..<height).map { _ in (0..<width).map { _ in Int32.random(in: -1000...1000, using: &randomness) } }
    }

    init(width: Int, rows: [[Int32]]) {
        self.width = width
        self.rows = rows
    }

    var format: FieldFormat {
        FieldFormat(
            size: ImageSize(width: width, height: height), channels: 1, hasAlpha: false, type: .int32,
            bounds: -2e9...2e9, isExact: true)
    }
}

/// An operator of these tests, which also says what it makes of grids.
protocol GridOperator: RowOperator {
    func evaluate(_ inputs: [Grid]) -> Grid
}

extension GridOperator {
    var summary: String { "\(Self.self)" }
}

private func samples(_ window: RowWindow, _ y: Int) -> UnsafeMutablePointer<Int32> { window.row(y, as: Int32.self) }

/// `out[y] = Σ (i + 2) · in[clamped(y + i)]` for `i` in `-above...below`.
struct Neighbours: GridOperator {
    let output: FieldFormat
    let above: Int
    let below: Int

    private func clamped(_ y: Int) -> Int { min(max(y, 0), output.size.height - 1) }

    func inputRows(_ input: Int, for rows: Range<Int>) -> Range<Int> {
        clamped(rows.lowerBound - above)..<clamped(rows.upperBound - 1 + below) + 1
    }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        for y in rows {
            // As operators that need several passes do: until the last one, a row holds something else.
            for x in 0..<self.output.size.width { samples(output, y)[x] = .min }
            for x in 0..<self.output.size.width {
                samples(output, y)[x] = (-above...below).reduce(0) {
                    $0 &+ Int32($1 + 2) &* samples(inputs[0], clamped(y + $1))[x]
                }
            }
        }
    }

    func evaluate(_ inputs: [Grid]) -> Grid {
        Grid(
            width: inputs[0].width,
            rows: inputs[0].rows.indices.map { y in
                (0..<inputs[0].width).map { x in
                    (-above...below).reduce(0) { $0 &+ Int32($1 + 2) &* inputs[0].rows[clamped(y + $1)][x] }
                }
            })
    }
}

/// `out[y, x] = Σ (j + 3) · in[y, x + j]` for `j` in `-left...right`, with the border's samples beyond the edge.
struct Sideways: GridOperator {
    let output: FieldFormat
    let left: Int
    let right: Int
    let border: BorderMode

    func margin(_ input: Int) -> RowMargin { RowMargin(left: left, right: right, border: border) }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        for y in rows {
            for x in 0..<self.output.size.width {
                samples(output, y)[x] = (-left...right).reduce(0) {
                    $0 &+ Int32($1 + 3) &* samples(inputs[0], y)[x + $1]
                }
            }
        }
    }

    func evaluate(_ inputs: [Grid]) -> Grid {
        let width = inputs[0].width
        return Grid(
            width: width,
            rows: inputs[0].rows.map { row in
                (0..<width).map { x in
                    (-left...right).reduce(0) {
                        $0 &+ Int32($1 + 3) &* (border.source(of: x + $1, count: width).map { row[$0] } ?? 0)
                    }
                }
            })
    }
}

/// Every second row: `out[y] = in[2y] − 3 · in[2y + 1]`, the last row twice where there is no other.
struct Halve: GridOperator {
    let input: FieldFormat
    var output: FieldFormat {
        var format = input
        format.size.height = (input.size.height + 1) / 2
        return format
    }

    private var last: Int { input.size.height - 1 }

    func inputRows(_ index: Int, for rows: Range<Int>) -> Range<Int> {
        2 * rows.lowerBound..<min(2 * rows.upperBound, input.size.height)
    }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        for y in rows {
            let (first, second) = (samples(inputs[0], 2 * y), samples(inputs[0], min(2 * y + 1, last)))
            for x in 0..<input.size.width { samples(output, y)[x] = combined(first[x], second[x]) }
        }
    }

    private func combined(_ first: Int32, _ second: Int32) -> Int32 { first &- 3 &* second }

    func evaluate(_ inputs: [Grid]) -> Grid {
        let rows = inputs[0].rows
        return Grid(
            width: inputs[0].width,
            rows: (0..<(rows.count + 1) / 2).map { y in
                zip(rows[2 * y], rows[min(2 * y + 1, rows.count - 1)]).map { combined($0, $1) }
            })
    }
}

/// Every row twice.
struct Double2: GridOperator {
    let input: FieldFormat
    var output: FieldFormat {
        var format = input
        format.size.height = input.size.height * 2
        return format
    }

    func inputRows(_ index: Int, for rows: Range<Int>) -> Range<Int> {
        rows.lowerBound / 2..<(rows.upperBound - 1) / 2 + 1
    }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        for y in rows { output.row(y).copyMemory(from: inputs[0].row(y / 2), byteCount: input.bytesPerRow) }
    }

    func evaluate(_ inputs: [Grid]) -> Grid {
        Grid(width: inputs[0].width, rows: inputs[0].rows.flatMap { [$0, $0] })
    }
}

/// The rows from `first` on.
struct Below: GridOperator {
    let input: FieldFormat
    let first: Int
    let count: Int
    var output: FieldFormat {
        var format = input
        format.size.height = count
        return format
    }

    func inputRows(_ index: Int, for rows: Range<Int>) -> Range<Int> {
        rows.lowerBound + first..<rows.upperBound + first
    }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        for y in rows { output.row(y).copyMemory(from: inputs[0].row(y + first), byteCount: input.bytesPerRow) }
    }

    func evaluate(_ inputs: [Grid]) -> Grid {
        Grid(width: inputs[0].width, rows: Array(inputs[0].rows[first..<first + count]))
    }
}

/// The rows from bottom to top, plus the sum of all samples, which is known before the first row.
struct Upside: GridOperator {
    let output: FieldFormat

    func access(_ input: Int) -> InputAccess { .whole }

    func prepare(_ inputs: [RowWindow], context: RunContext) throws -> (any Sendable)? {
        (0..<output.size.height).reduce(Int32(0)) { sum, y in
            (0..<output.size.width).reduce(sum) { $0 &+ samples(inputs[0], y)[$1] }
        }
    }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        let sum = work.prepared as? Int32 ?? 0
        for y in rows {
            for x in 0..<self.output.size.width {
                samples(output, y)[x] = samples(inputs[0], self.output.size.height - 1 - y)[x] &+ sum
            }
        }
    }

    func evaluate(_ inputs: [Grid]) -> Grid {
        let sum = inputs[0].rows.reduce(0) { $1.reduce($0, &+) }
        return Grid(width: inputs[0].width, rows: inputs[0].rows.reversed().map { $0.map { $0 &+ sum } })
    }
}

/// `3a − b` of one row, or with a lag, `3a[y] − b[clamped(y + lag)]`; the second input may be read whole.
struct Join: GridOperator {
    let output: FieldFormat
    let lag: Int
    let isWhole: Bool

    private func other(_ y: Int) -> Int { min(max(y + lag, 0), output.size.height - 1) }

    func access(_ input: Int) -> InputAccess { input == 1 && isWhole ? .whole : .rows }

    func inputRows(_ input: Int, for rows: Range<Int>) -> Range<Int> {
        input == 0 ? rows : other(rows.lowerBound)..<other(rows.upperBound - 1) + 1
    }

    /// Counts rows in scratch memory, which belongs to one run from top to bottom.
    var scratchByteCount: Int { 64 }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        for y in rows {
            for x in 0..<self.output.size.width {
                samples(output, y)[x] = 3 &* samples(inputs[0], y)[x] &- samples(inputs[1], other(y))[x]
            }
        }
    }

    func evaluate(_ inputs: [Grid]) -> Grid {
        Grid(
            width: inputs[0].width,
            rows: inputs[0].rows.indices.map { y in
                zip(inputs[0].rows[y], inputs[1].rows[other(y)]).map { 3 &* $0 &- $1 }
            })
    }
}

/// Reports the sum of a field.
struct SumReader: FieldReader {
    let format: FieldFormat
    let key: String
    var summary: String { "sum" }

    func read(_ inputs: [RowWindow], context: RunContext) throws {
        let sum = (0..<format.size.height).reduce(Int32(0)) { sum, y in
            (0..<format.size.width).reduce(sum) { $0 &+ samples(inputs[0], y)[$1] }
        }
        context.report(sum, key: key)
    }
}
