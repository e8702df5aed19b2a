import Dataflow
import Operations
import Raster

/// A map of a network's size seen at the picture's size: what was done to the picture before the network is undone.
///
/// The middle of pixel x lies at `u = (x + ½) · w′ / w + offset` of the input, which is the place `u · m / W − ½` of a
/// map with m columns. Between places numbers are interpolated linearly, or the nearest is taken; nothing beyond the part
/// of the map that shows the picture is looked at.
struct MapRows: RowOperator {
    enum Reading: Sendable, Equatable {
        /// One number for each place, interpolated: 255 times it, or 255 and 0 above and below a threshold.
        case mask(threshold: Float?)
        /// The class with the largest interpolated score; with `marked`, 255 where it is one of those.
        case best(marked: Set<Int>?)
        /// The class of the nearest place.
        case nearest(marked: Set<Int>?)
    }

    let map: ImageSize
    let planes: Int
    let reading: Reading
    let output: FieldFormat
    private let columns: [Place]
    private let rows: [Place]
    let summary: String

    /// Two neighbours, and how much the second counts.
    private struct Place: Sendable {
        var first: Int
        var second: Int
        var weight: Float
    }

    /// - `size`: that is given; for a mask float32, 0…255, for a map of classes uint8.
    init(_ map: ImageSize, planes: Int, _ reading: Reading, _ geometry: InputGeometry) {
        self.map = map
        self.planes = planes
        self.reading = reading
        let isMask =
            switch reading {
            case .mask: true
            case .best(let marked), .nearest(let marked): marked != nil
            }
        output = FieldFormat(
            size: geometry.picture, channels: 1, hasAlpha: false, type: isMask ? .float32 : .uint8, bounds: 0...255,
            isExact: !isMask)
        columns = Self.places(
            picture: geometry.picture.width, resized: geometry.resized.width, offset: geometry.offset.x,
            input: geometry.input.width, map: map.width)
        rows = Self.places(
            picture: geometry.picture.height, resized: geometry.resized.height, offset: geometry.offset.y,
            input: geometry.input.height, map: map.height)
        summary = "\(isMask ? "mask" : "classes") of \(map) at \(geometry.picture), float32"
    }

    private static func places(picture: Int, resized: Int, offset: Int, input: Int, map: Int) -> [Place] {
        let scale = Double(map) / Double(input)
        // The places whose middle shows some of the picture.
        let first = Int((Double(max(offset, 0)) * scale).rounded(.down))
        let last = max(first, min(map - 1, Int((Double(min(offset + resized, input)) * scale).rounded(.up)) - 1))
        return (0..<picture).map { x in
            let u = (Double(x) + 0.5) * Double(resized) / Double(picture) + Double(offset)
            let place = min(max(u * scale - 0.5, Double(first)), Double(last))
            let near = Int(place.rounded(.down))
            return Place(first: near, second: min(near + 1, last), weight: Float(place - Double(near)))
        }
    }

    func access(_ input: Int) -> InputAccess { .whole }

    /// One row of the map between two.
    var scratchByteCount: Int { 4 * map.width * planes }

    /// What is interpolated lies in the input all along; that it is whole is all that is needed.
    func prepare(_ inputs: [RowWindow], context: RunContext) throws -> (any Sendable)? { Whole(window: inputs[0]) }

    private struct Whole: Sendable { let window: RowWindow }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        let window = (work.prepared as? Whole)?.window ?? inputs[0]
        let between = work.scratch.assumingMemoryBound(to: Float.self)
        for y in rows {
            let place = self.rows[y]
            let near = window.row(place.weight < 0.5 ? place.first : place.second, as: Float.self)
            if case .nearest(let marked) = reading {
                write(marked, output.row(y)) { x in
                    Int(near[self.columns[x].weight < 0.5 ? self.columns[x].first : self.columns[x].second].rounded())
                }
                continue
            }
            let above = window.row(place.first, as: Float.self), below = window.row(place.second, as: Float.self)
            for index in 0..<map.width * planes {
                between[index] = above[index] + (below[index] - above[index]) * place.weight
            }
            switch reading {
            case .mask(let threshold):
                let to = output.row(y, as: Float.self)
                for (x, column) in columns.enumerated() {
                    let value = between[column.first] + (between[column.second] - between[column.first]) * column.weight
                    to[x] = threshold.map { value >= $0 ? 255 : 0 } ?? 255 * min(max(value, 0), 1)
                }
            case .best(let marked): write(marked, output.row(y)) { self.best(between, self.columns[$0]) }
            case .nearest: break
            }
        }
    }

    private func best(_ row: UnsafePointer<Float>, _ column: Place) -> Int {
        let left = row + column.first * planes, right = row + column.second * planes
        var best = 0
        var most = -Float.infinity
        for plane in 0..<planes {
            let value = left[plane] + (right[plane] - left[plane]) * column.weight
            if value > most { (most, best) = (value, plane) }
        }
        return best
    }

    private func write(_ marked: Set<Int>?, _ row: UnsafeMutableRawPointer, _ classAt: (Int) -> Int) {
        if let marked {
            let to = row.assumingMemoryBound(to: Float.self)
            for x in 0..<output.size.width { to[x] = marked.contains(classAt(x)) ? 255 : 0 }
        } else {
            let to = row.assumingMemoryBound(to: UInt8.self)
            for x in 0..<output.size.width { to[x] = UInt8(min(max(classAt(x), 0), 255)) }
        }
    }
}
