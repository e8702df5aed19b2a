import Dataflow
import Operations
import Raster
import Specification

/// How much of a picture each class takes, as it stands in a record.
public struct Segmentation: Finding, Equatable {
    public struct Part: Sendable, Equatable {
        public var label: String
        public var classIndex: Int
        /// Of the picture's area, 0…1.
        public var share: Double
    }

    /// The largest first. Of a mask one, what is marked.
    public var parts: [Part]

    /// The class that takes most of the picture, the background aside.
    public var label: String? { (parts.first { $0.classIndex != 0 } ?? parts.first)?.label }

    public var json: JSONNode {
        .object([
            (
                "classes",
                .array(
                    parts.map {
                        .object([
                            ("label", .string($0.label)), ("class", .integer($0.classIndex)),
                            ("share", .number(($0.share * 1e4).rounded() / 1e4)),
                        ])
                    })
            )
        ])
    }
}

/// Measures the parts of the map that show the picture.
struct SegmentReport: FieldReader {
    let size: ImageSize
    let planes: Int
    let isSoft: Bool
    let isClasses: Bool
    let marked: Set<Int>?
    let geometry: InputGeometry
    let classes: ClassNames
    let key: String
    var summary: String { "shares of \(isSoft ? 1 : max(classes.count, planes)) classes" }

    func read(_ inputs: [RowWindow], context: RunContext) {
        func range(_ offset: Int, _ resized: Int, _ input: Int, _ map: Int) -> Range<Int> {
            let first = min(max(offset, 0) * map / input, map - 1)
            return first..<max(first + 1, min(map, (min(offset + resized, input) * map + input - 1) / input))
        }
        let columns = range(geometry.offset.x, geometry.resized.width, geometry.input.width, size.width)
        let rows = range(geometry.offset.y, geometry.resized.height, geometry.input.height, size.height)
        var sums: [Int: Double] = [:]
        for y in rows {
            let row = inputs[0].row(y, as: Float.self)
            for x in columns {
                if isSoft {
                    sums[-1, default: 0] += Double(row[x])
                } else {
                    let place = row + x * planes
                    let best = isClasses ? Int(place[0].rounded()) : (0..<planes).max { place[$0] < place[$1] }!
                    sums[best, default: 0] += 1
                }
            }
        }
        let area = Double(columns.count * rows.count)
        // What a network takes for something at a few places in a thousand is not told.
        let parts = sums.filter { isSoft || ($0.value / area >= 0.001 && marked?.contains($0.key) != false) }
            .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { index, sum in
                Segmentation.Part(
                    label: isSoft ? softLabel : classes.name(of: index), classIndex: isSoft ? softClass : index,
                    share: sum / area)
            }
        context.report(Segmentation(parts: parts), key: key)
    }

    private var softClass: Int { marked?.min() ?? max(0, classes.count - 1) }
    private var softLabel: String {
        marked.map { $0.sorted().map(classes.name(of:)).joined(separator: ", ") }
            ?? (classes.names.last ?? "marked")
    }
}
