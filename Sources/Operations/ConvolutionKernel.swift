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

    public var matrix: [[Double]] { (0..<rows).map { row in (0..<columns).map { self[row, $0] / divisor } } }

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

    /// A column and a row whose products are the weights over the divisor up to less than float32 sums of the weights
    /// themselves err by; nil where there are none.
    ///
    /// Weights that were rounded to some decimals, as those of a Gaussian in a file are, still have rank 1 in this sense.
    var nearFactors: (column: [Double], row: [Double])? {
        guard rows > 1, columns > 1 else { return nil }
        let scaled = weights.map { $0 / divisor }
        func rowWeights(_ r: Int) -> ArraySlice<Double> { scaled[r * columns..<(r + 1) * columns] }
        let magnitude = scaled.reduce(0) { $0 + abs($1) }
        guard magnitude > 0 else { return nil }
        // Power iteration from the row of largest magnitude: a fixed number of steps gives the same factors every time.
        let magnitudes = (0..<rows).map { rowWeights($0).reduce(0) { $0 + abs($1) } }
        var row = Array(rowWeights(magnitudes.firstIndex(of: magnitudes.max()!)!))
        var column = [Double](repeating: 0, count: rows)
        for _ in 0..<16 {
            let rowSquare = row.reduce(0) { $0 + $1 * $1 }
            column = (0..<rows).map { r in zip(rowWeights(r), row).reduce(0) { $0 + $1.0 * $1.1 } / rowSquare }
            let columnSquare = column.reduce(0) { $0 + $1 * $1 }
            guard columnSquare > 0 else { return nil }
            row = (0..<columns).map { c in
                (0..<rows).reduce(0) { $0 + scaled[$1 * columns + c] * column[$1] } / columnSquare
            }
        }
        var residue = 0.0
        for r in 0..<rows {
            for c in 0..<columns { residue += abs(scaled[r * columns + c] - column[r] * row[c]) }
        }
        return residue <= Double(weights.count + 2) / 16_777_216 * magnitude ? (column, row) : nil
    }
}
