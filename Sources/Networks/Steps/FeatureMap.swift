/// One plane of numbers out of a network.
struct FeatureMap: Sendable, Equatable {
    let width: Int
    let height: Int
    /// Row by row.
    let values: [Float]

    var largest: Float { values.max() ?? 0 }
    var least: Float { values.min() ?? 0 }

    /// The map at another size, by bilinear interpolation between the centres of its samples.
    func resized(width newWidth: Int, height newHeight: Int) -> FeatureMap {
        let columns = Self.places(width, newWidth), rows = Self.places(height, newHeight)
        var result = [Float](repeating: 0, count: newWidth * newHeight)
        for (y, row) in rows.enumerated() {
            for (x, column) in columns.enumerated() {
                func sample(_ u: Int, _ v: Int) -> Float { values[v * width + u] }
                let upper =
                    sample(column.first, row.first) * (1 - column.share) + sample(column.second, row.first)
                    * column.share
                let lower =
                    sample(column.first, row.second) * (1 - column.share)
                    + sample(column.second, row.second) * column.share
                result[y * newWidth + x] = upper * (1 - row.share) + lower * row.share
            }
        }
        return FeatureMap(width: newWidth, height: newHeight, values: result)
    }

    /// The two samples around each new place, and the share of the second.
    private static func places(_ old: Int, _ new: Int) -> [(first: Int, second: Int, share: Float)] {
        (0..<new).map { index in
            let place = min(max((Double(index) + 0.5) * Double(old) / Double(new) - 0.5, 0), Double(old - 1))
            let first = Int(place)
            return (first, min(first + 1, old - 1), Float(place - Double(first)))
        }
    }

    /// The rectangle around the largest place and all that is joined to it by samples of at least `level`; columns and
    /// rows, the ends excluded.
    func extent(above level: Float) -> (columns: Range<Int>, rows: Range<Int>) {
        let start = values.indices.max { values[$0] < values[$1] } ?? 0
        var isSeen = [Bool](repeating: false, count: values.count)
        isSeen[start] = true
        var open = [start]
        var (left, right, top, bottom) = (start % width, start % width, start / width, start / width)
        while let index = open.popLast() {
            let (x, y) = (index % width, index / width)
            (left, right, top, bottom) = (min(left, x), max(right, x), min(top, y), max(bottom, y))
            for (u, v) in [(x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1)]
            where u >= 0 && u < width && v >= 0 && v < height {
                let next = v * width + u
                if !isSeen[next], values[next] >= level {
                    isSeen[next] = true
                    open.append(next)
                }
            }
        }
        return (left..<right + 1, top..<bottom + 1)
    }
}
