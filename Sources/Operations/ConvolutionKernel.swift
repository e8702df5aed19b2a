/// The weights of a convolution, row by row, as real numbers or exactly as whole numbers over a divisor.
public struct ConvolutionKernel: Sendable, Equatable {
    public let rows: Int
    public let columns: Int
    /// Row by row.
    public let weights: [Double]
    /// Not 0.
    public let divisor: Double

    public init(_ matrix: [[Double]], divisor: Double = 1) {
        rows = matrix.count
        columns = matrix.first?.count ?? 0
        weights = matrix.flatMap(\.self)
        self.divisor = divisor
    }

    /// The row and column under which the result lies: ⌊n/2⌋.
    public var anchorRow: Int { rows / 2 }
    public var anchorColumn: Int { columns / 2 }

    public subscript(row: Int, column: Int) -> Double { weights[row * columns + column] }

    /// `weights / divisor` as whole numbers over a positive whole divisor; nil where they are none.
    ///
    /// Weights with up to six decimals, or with up to ten binary places, become whole numbers when all are multiplied.
    public var exact: (weights: [Int], divisor: Int)? {
        for scale in [1, 2, 4, 8, 16, 64, 256, 1024, 10, 100, 1000, 10_000, 100_000, 1_000_000] as [Double] {
            let scaled = weights.map { $0 * scale }
            let scaledDivisor = divisor * scale
            guard scaled.allSatisfy({ $0 == $0.rounded() && abs($0) <= 1e9 }),
                scaledDivisor == scaledDivisor.rounded(), abs(scaledDivisor) <= 1e9
            else { continue }
            let sign = scaledDivisor < 0 ? -1 : 1
            let whole = scaled.map { Int($0) * sign }
            let common = whole.reduce(Int(abs(scaledDivisor))) { greatestCommonDivisor($0, abs($1)) }
            return (whole.map { $0 / common }, Int(abs(scaledDivisor)) / common)
        }
        return nil
    }

    /// A column and a row whose products are the weights, where the whole weights have rank 1.
    public static func factors(_ weights: [Int], rows: Int, columns: Int) -> (column: [Int], row: [Int])? {
        guard rows > 1, columns > 1, let pivot = weights.firstIndex(where: { $0 != 0 }) else { return nil }
        let pivotRow = pivot / columns
        let first = Array(weights[pivotRow * columns..<(pivotRow + 1) * columns])
        let common = first.reduce(0) { greatestCommonDivisor($0, abs($1)) }
        let row = first.map { $0 / common }
        let column0 = row.firstIndex { $0 != 0 }!
        var column: [Int] = []
        for r in 0..<rows {
            let entry = weights[r * columns + column0]
            guard entry % row[column0] == 0 else { return nil }
            let factor = entry / row[column0]
            for c in 0..<columns where weights[r * columns + c] != factor * row[c] { return nil }
            column.append(factor)
        }
        return (column, row)
    }
}
