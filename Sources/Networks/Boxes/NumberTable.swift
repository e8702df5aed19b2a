import Inference

/// Numbers of a network's outputs as a table: a row for each place where it may see something, a column for each
/// number that it says of that place.
struct NumberTable {
    private(set) var rows = 0
    let columns: Int
    private var values: [Float] = []

    subscript(row: Int, column: Int) -> Float { values[row * columns + column] }

    /// Rows of one tensor after the other.
    ///
    /// A tensor is read in whichever of these shapes fits, behind a batch of 1 that may be left out: `[rows]` for one
    /// column, `[rows, columns]`, `[columns, rows]`, a map `[perCell · columns, height, width]` or
    /// `[height, width, perCell · columns]`, whose cells are rows from the upper left on.
    ///
    /// - Parameters:
    ///   - columns: nil where only the tensors tell: the shorter axis, since places are more than what is said of one.
    ///   - perCell: rows that belong to one cell of a map.
    init(_ tensors: [(name: String, tensor: Tensor)], columns: Int? = nil, perCell: Int = 1) throws(DecodingError) {
        var found = columns
        var pieces: [Piece] = []
        for (name, tensor) in tensors {
            guard let piece = Piece(tensor.shape, columns: found, perCell: perCell) else {
                throw DecodingError(
                    "output \"\(name)\" has the shape \(tensor.shape); expected rows of \(found.map(String.init) ?? "some") numbers"
                )
            }
            found = piece.columns
            pieces.append(piece)
        }
        self.columns = found ?? 0
        for (piece, (_, tensor)) in zip(pieces, tensors) {
            rows += piece.rows
            append(piece, tensor)
        }
    }

    private mutating func append(_ piece: Piece, _ tensor: Tensor) {
        let numbers = tensor.element == .float32 ? tensor.array(of: Float.self) : tensor.doubles.map { Float($0) }
        values.reserveCapacity(rows * columns)
        for row in 0..<piece.rows {
            let (cell, part) = (row / piece.perCell, row % piece.perCell)
            let first = cell * piece.cellStep + part * piece.partStep
            for column in 0..<columns { values.append(numbers[first + column * piece.columnStep]) }
        }
    }

    /// How the elements of one tensor lie in rows and columns.
    private struct Piece {
        var rows: Int
        var columns: Int
        var perCell = 1
        var cellStep: Int
        var partStep = 0
        var columnStep: Int

        init?(_ shape: [Int], columns: Int?, perCell: Int) {
            let inner = shape.count > 1 && shape[0] == 1 ? Array(shape.dropFirst()) : shape
            switch inner.count {
            case 1 where columns == nil || columns == 1:
                (rows, self.columns, cellStep, columnStep) = (inner[0], 1, 1, 1)
            case 1 where columns == inner[0]:
                (rows, self.columns, cellStep, columnStep) = (1, inner[0], inner[0], 1)
            case 2:
                let wanted = columns ?? min(inner[0], inner[1])
                if inner[1] == wanted {
                    (rows, self.columns, cellStep, columnStep) = (inner[0], wanted, wanted, 1)
                } else if inner[0] == wanted {
                    (rows, self.columns, cellStep, columnStep) = (inner[1], wanted, 1, inner[1])
                } else {
                    return nil
                }
            case 3:
                let isFirst = columns.map { inner[0] == $0 * perCell } ?? (inner[0] <= inner[2])
                let depth = isFirst ? inner[0] : inner[2]
                guard depth % perCell == 0, columns == nil || columns == depth / perCell else { return nil }
                self.columns = depth / perCell
                self.perCell = perCell
                let cells = isFirst ? inner[1] * inner[2] : inner[0] * inner[1]
                rows = cells * perCell
                cellStep = isFirst ? 1 : depth
                columnStep = isFirst ? cells : 1
                partStep = self.columns * columnStep
            default: return nil
            }
        }
    }
}

/// Why a network's outputs cannot be read as its card says.
public struct DecodingError: Error, Sendable, Equatable, CustomStringConvertible {
    public let message: String

    init(_ message: String) { self.message = message }

    public var description: String { message }
}
