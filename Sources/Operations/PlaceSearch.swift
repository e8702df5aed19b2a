import Dataflow
import Raster

/// Finds the places of a response map that are at least `threshold` and the largest around them, and reports them as
/// ``PatternPlaces``.
///
/// A response counts if no larger one lies within `distance` columns and rows of it; of equal ones, the upper, then the
/// left one. So of a plateau one place is left.
struct PlaceSearch: FieldReader {
    let size: ImageSize
    let pattern: ImageSize
    /// The upper left corner of the pattern for the map's first sample.
    let origin: (x: Int, y: Int)
    let threshold: Float
    /// What a response is divided by when it is reported.
    let unit: Double
    let distance: Int
    let maximumCount: Int
    let key: String
    var summary: String { "places of at least \(threshold), \(distance) pixels apart" }

    func read(_ inputs: [RowWindow], context: RunContext) throws {
        var maxima = RowMaxima(map: inputs[0], size: size, distance: distance)
        var found: [PatternPlaces.Place] = []
        var count = 0
        for y in 0..<size.height {
            if y % 64 == 0 { try context.checkCancellation() }
            let row = inputs[0].row(y, as: Float.self)
            for x in 0..<size.width where row[x] >= threshold && isLargest(x, y, row, &maxima) {
                count += 1
                found.append(.init(x: origin.x + x, y: origin.y + y, response: Double(row[x]) / unit))
                if found.count == 2 * maximumCount { keepLargest(&found) }
            }
        }
        keepLargest(&found)
        context.report(
            PatternPlaces(width: pattern.width, height: pattern.height, count: count, places: found), key: key)
    }

    private func isLargest(_ x: Int, _ y: Int, _ row: UnsafePointer<Float>, _ maxima: inout RowMaxima) -> Bool {
        let response = row[x]
        for u in max(0, x - distance)..<x where row[u] >= response { return false }
        for u in x + 1..<max(x + 1, min(size.width, x + distance + 1)) where row[u] > response { return false }
        for v in max(0, y - distance)..<y where maxima.around(x, v) >= response { return false }
        for v in y + 1..<max(y + 1, min(size.height, y + distance + 1)) where maxima.around(x, v) > response {
            return false
        }
        return true
    }

    /// Places come in the order of rows, which is the order of equal ones.
    private func keepLargest(_ places: inout [PatternPlaces.Place]) {
        places.sort { ($1.response, $0.y, $0.x) < ($0.response, $1.y, $1.x) }
        if places.count > maximumCount { places.removeLast(places.count - maximumCount) }
    }
}

/// For the samples of a map, the largest within some columns of them in the same row; rows are computed when they are
/// first asked for, and as many are kept as a search needs at once.
private struct RowMaxima {
    private let map: RowWindow
    private let size: ImageSize
    private let distance: Int
    private var rows: [[Float]]
    /// The row that lies in each slot.
    private var held: [Int]

    init(map: RowWindow, size: ImageSize, distance: Int) {
        self.map = map
        self.size = size
        self.distance = distance
        let slots = min(2 * distance + 1, size.height)
        rows = [[Float]](repeating: [], count: slots)
        held = [Int](repeating: -1, count: slots)
    }

    mutating func around(_ x: Int, _ y: Int) -> Float {
        let slot = y % rows.count
        if held[slot] != y {
            rows[slot] = compute(y)
            held[slot] = y
        }
        return rows[slot][x]
    }

    /// The largest of 1, 2, 4, … neighbours to the right, until two overlapping runs cover the window.
    private func compute(_ y: Int) -> [Float] {
        let length = 2 * distance + 1
        let source = map.row(y, as: Float.self)
        var maxima = [Float](repeating: -.infinity, count: size.width + length - 1)
        for x in 0..<size.width { maxima[x + distance] = source[x] }
        var span = 1
        while span < length {
            let step = min(span, length - span)
            for x in 0..<maxima.count - step { maxima[x] = max(maxima[x], maxima[x + step]) }
            span += step
        }
        return Array(maxima[..<size.width])
    }
}
