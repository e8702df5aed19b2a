import Dataflow
import Raster

/// How findings travel through the graph: as a field of float32 with one row for each finding and a fixed number of
/// rows, so that they wait for a network and are waited for like any picture.
///
/// | column | |
/// |---|---|
/// | 0 | the number of the class; −1 in rows that hold nothing |
/// | 1 | the score, 0…1 |
/// | 2…5 | boxes only: left, top, right, bottom in pixels of the picture that was searched, from its upper left corner |
/// | 6… | boxes only: x and y of points that belong to the finding |
///
/// Labels: row 0 is the decision, with the class −1 where nothing was sure enough; below it stand the best classes, the
/// best first. Boxes: the best first; rows behind the last are empty.
public enum FindingTable {
    public static let labelColumns = 2
    public static let boxColumns = 6

    public struct Row: Sendable, Equatable {
        public var classIndex: Int
        public var score: Double
        /// Empty for labels.
        public var place: [Double]

        public init(classIndex: Int, score: Double, place: [Double] = []) {
            self.classIndex = classIndex
            self.score = score
            self.place = place
        }
    }

    /// - `capacity`: rows, at least 1.
    public static func format(_ kind: ValueKind, capacity: Int, points: Int = 0) -> FieldFormat {
        let columns = kind == .boxes ? boxColumns + 2 * points : labelColumns
        return FieldFormat(
            size: ImageSize(width: columns, height: max(capacity, 1)), channels: 1, hasAlpha: false, type: .float32,
            bounds: -1e6...1e6, isExact: false)
    }

    /// The samples of a field of that format; rows beyond its capacity are left out.
    public static func samples(_ rows: [Row], _ format: FieldFormat) -> [Float] {
        let width = format.size.width
        var samples = [Float](repeating: 0, count: width * format.size.height)
        for index in 0..<format.size.height {
            let row = index < rows.count ? rows[index] : Row(classIndex: -1, score: 0)
            samples[index * width] = Float(row.classIndex)
            samples[index * width + 1] = Float(row.score)
            for (column, value) in row.place.prefix(width - 2).enumerated() {
                samples[index * width + 2 + column] = Float(value)
            }
        }
        return samples
    }

    /// All rows of a whole field, the empty ones too.
    public static func rows(of window: RowWindow, _ format: FieldFormat) -> [Row] {
        (0..<format.size.height).map { y in
            let samples = UnsafeBufferPointer(start: window.row(y, as: Float.self), count: format.size.width)
            return Row(
                classIndex: Int(samples[0]), score: Double(samples[1]), place: samples.dropFirst(2).map(Double.init))
        }
    }
}

extension Graph {
    /// Keeps beside a field of findings or of classes what it holds, for the steps that read it.
    public mutating func setClasses(_ classes: ClassNames, of field: FieldID, _ kind: ValueKind) {
        note(FindingNote(kind: kind, classes: classes), about: field)
    }

    public func classes(of field: FieldID) -> ClassNames { finding(in: field)?.classes ?? ClassNames([]) }

    /// The classes of a class map, by their numbers; nil for anything else.
    public func classMap(_ field: FieldID) -> ClassNames? {
        finding(in: field).flatMap { $0.kind == .classMap ? $0.classes : nil }
    }

    /// Nil for pictures.
    func finding(in field: FieldID) -> FindingNote? { note(about: field) as? FindingNote }
}
