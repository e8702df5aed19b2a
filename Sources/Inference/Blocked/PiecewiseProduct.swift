import NetworkKernels

/// `c = a · b + bias` for a packed right matrix, cut into blocks of rows and panels of columns that threads compute at the
/// same time.
struct PiecewiseProduct {
    private let rows: Int
    private let depth: Int
    private let columns: Int
    private let rowsPerPiece: Int
    private let across: Int
    let count: Int

    /// Two pairs of panels: enough pieces for threads to end at the same time.
    private static let panelsPerPiece = 4
    /// Twice what the loops work on at once.
    private static let mostRows = 2 * MatrixProduct.height
    /// Fewer would leave the tiles short.
    private static let leastRows = 28

    private static var width: Int { MatrixProduct.panelWidth }

    init(rows: Int, depth: Int, columns: Int) {
        self.rows = rows
        self.depth = depth
        self.columns = columns
        // Equal blocks of rows: a last one of a few rows would leave all but one thread without work.
        let panels = (columns + Self.width - 1) / Self.width
        across = (panels + Self.panelsPerPiece - 1) / Self.panelsPerPiece
        var blocks = max(1, (rows + Self.mostRows - 1) / Self.mostRows)
        // Of a few pieces an odd one leaves a thread without work for as long as it takes.
        if across * blocks % 2 == 1, across * blocks < 8, rows >= Self.leastRows * (blocks + 1) { blocks += 1 }
        rowsPerPiece = max(1, (rows + blocks - 1) / blocks)
        count = across * ((rows + rowsPerPiece - 1) / rowsPerPiece)
    }

    /// Computes one of `count` pieces.
    ///
    /// - Parameters:
    ///   - a: element (i, k) at `i · rowStride + k · columnStride`.
    ///   - bias: for each column, up to whole panels.
    ///   - finish: gets what has been computed of each row, while the cache holds it.
    func run(
        _ piece: Int, _ a: UnsafePointer<Float>, rowStride: Int, columnStride: Int, packed: UnsafePointer<Float>,
        bias: UnsafePointer<Float>? = nil, to c: UnsafeMutablePointer<Float>,
        finish: ((_ row: UnsafeMutablePointer<Float>, _ columns: Range<Int>) -> Void)? = nil
    ) {
        let panel = piece % across * Self.panelsPerPiece, row = piece / across * rowsPerPiece
        let range = panel * Self.width..<min(columns, (panel + Self.panelsPerPiece) * Self.width)
        let lastPanel = (range.upperBound + Self.width - 1) / Self.width, height = min(rowsPerPiece, rows - row)
        withUnsafeTemporaryAllocation(of: Float.self, capacity: MatrixProduct.scratchCount) { scratch in
            loops.multiply(
                a + row * rowStride, aRow: rowStride, aColumn: columnStride, packed, rows: height, depth: depth,
                columns: columns, panels: panel..<lastPanel, bias: bias, to: c + row * columns, cRow: columns,
                scratch: scratch.baseAddress!)
        }
        guard let finish else { return }
        for index in row..<row + height { finish(c + index * columns + range.lowerBound, range) }
    }
}
