import Dataflow
import Raster

/// Which input rows and columns a sliding window reads: its size, anchor, stride and border mode.
struct WindowGeometry: Sendable, Equatable {
    var rows: Int
    var columns: Int
    var anchorRow: Int
    var anchorColumn: Int
    var stride: Int
    var border: BorderMode
    var input: ImageSize

    /// The anchor of an n-wide window is ⌊n/2⌋; `valid` gives W − n + 1 columns, of which every `stride`-th is kept.
    init(rows: Int, columns: Int, stride: Int = 1, border: BorderMode, input: ImageSize) {
        self.rows = rows
        self.columns = columns
        anchorRow = rows / 2
        anchorColumn = columns / 2
        self.stride = stride
        self.border = border
        self.input = input
    }

    var output: ImageSize {
        let lost = border == .valid ? (columns - 1, rows - 1) : (0, 0)
        return ImageSize(
            width: max(0, (input.width - lost.0 + stride - 1) / stride),
            height: max(0, (input.height - lost.1 + stride - 1) / stride))
    }

    /// The input row under the first row of the window for output row `y`, inside the picture or not.
    func firstRow(_ y: Int) -> Int { y * stride - (border == .valid ? 0 : anchorRow) }

    /// Pixels from an output column (times the stride) to the input column under the window's first one.
    var firstColumn: Int { border == .valid ? 0 : -anchorColumn }

    var margin: RowMargin {
        border == .valid
            ? .none : RowMargin(left: anchorColumn, right: columns - 1 - anchorColumn, border: border)
    }

    /// Rows at the far edge of the picture stand for rows beyond the near one.
    var access: InputAccess { border == .wrap && rows > 1 ? .whole : .rows }

    func inputRows(for outputRows: Range<Int>) -> Range<Int> {
        let first = firstRow(outputRows.lowerBound)
        let last = firstRow(outputRows.upperBound - 1) + rows - 1
        if first >= 0, last < input.height { return first..<last + 1 }
        var lowest = input.height - 1
        var highest = 0
        for row in first...last {
            // Rows of zeros are made by the operator; some row has to be named all the same.
            let source = border.source(of: row, count: input.height) ?? min(max(row, 0), input.height - 1)
            lowest = min(lowest, source)
            highest = max(highest, source)
        }
        return lowest..<highest + 1
    }
}
