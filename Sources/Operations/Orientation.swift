import Dataflow
import Kernels
import Raster

/// One of the eight ways in which a picture can be turned and mirrored without computing a sample.
///
/// `out[y, x] = in[v, u]` with `(u, v) = transposes ? (y, x) : (x, y)`, where `u` counts from the right with
/// `mirrorsColumns` and `v` from the bottom with `mirrorsRows`.
struct Orientation: Sendable, Equatable {
    var transposes: Bool
    /// Left and right of the input change places.
    var mirrorsColumns: Bool
    /// Top and bottom of the input change places.
    var mirrorsRows: Bool

    init(transposes: Bool = false, mirrorsColumns: Bool = false, mirrorsRows: Bool = false) {
        self.transposes = transposes
        self.mirrorsColumns = mirrorsColumns
        self.mirrorsRows = mirrorsRows
    }

    /// What has to be done to a picture whose EXIF tag Orientation is `exif`; other numbers than 1…8 mean nothing.
    init(exif: Int) {
        switch exif {
        case 2: self.init(mirrorsColumns: true)
        case 3: self.init(mirrorsColumns: true, mirrorsRows: true)
        case 4: self.init(mirrorsRows: true)
        case 5: self.init(transposes: true)
        case 6: self.init(transposes: true, mirrorsRows: true)
        case 7: self.init(transposes: true, mirrorsColumns: true, mirrorsRows: true)
        case 8: self.init(transposes: true, mirrorsColumns: true)
        default: self.init()
        }
    }

    /// Turned clockwise by so many quarters.
    init(quarterTurns: Int) {
        switch quarterTurns & 3 {
        case 1: self.init(exif: 6)
        case 2: self.init(exif: 3)
        case 3: self.init(exif: 8)
        default: self.init()
        }
    }

    func size(of input: ImageSize) -> ImageSize { transposes ? input.transposed : input }

    var summary: String {
        if transposes { return "turn by whole quarters, exact" }
        return mirrorsRows ? "mirror, exact" : "mirror left and right, exact"
    }
}

/// Moves whole pixels as an orientation says.
struct OrientRows: RowOperator {
    let orientation: Orientation
    let input: FieldFormat
    var summary: String { orientation.summary }

    var output: FieldFormat {
        var format = input
        format.size = orientation.size(of: input.size)
        return format
    }

    func reading(_ input: Int, as format: FieldFormat) -> (any RowOperator)? {
        OrientRows(orientation: orientation, input: format)
    }

    /// Only left and right can change places while rows come in order.
    func access(_ input: Int) -> InputAccess { orientation.transposes || orientation.mirrorsRows ? .whole : .rows }

    /// Input rows whose cache lines stay at hand while all output rows of a strip take their pixels from them.
    private static var block: Int { 64 }

    func compute(_ rows: Range<Int>, _ inputs: [RowWindow], _ output: RowWindow, _ work: OperatorWork) {
        let pixel = input.channels * input.type.byteCount
        let last = (column: input.size.width - 1, row: input.size.height - 1)
        guard orientation.transposes else {
            for y in rows {
                let from = inputs[0].row(orientation.mirrorsRows ? last.row - y : y)
                if orientation.mirrorsColumns {
                    movePixels(
                        from: from + last.column * pixel, step: -pixel, to: output.row(y), step: pixel,
                        pixelBytes: pixel, count: input.size.width)
                } else {
                    output.row(y).copyMemory(from: from, byteCount: input.bytesPerRow)
                }
            }
            return
        }
        let step = orientation.mirrorsRows ? -inputs[0].bytesPerRow : inputs[0].bytesPerRow
        for x in stride(from: 0, to: input.size.height, by: Self.block) {
            let start = inputs[0].row(orientation.mirrorsRows ? last.row - x : x)
            for y in rows {
                let column = orientation.mirrorsColumns ? last.column - y : y
                movePixels(
                    from: start + column * pixel, step: step, to: output.row(y) + x * pixel, step: pixel,
                    pixelBytes: pixel, count: min(Self.block, input.size.height - x))
            }
        }
    }
}

extension Graph {
    /// The picture as its EXIF tag Orientation (1…8) wants it to be seen; any other number leaves it as it is.
    ///
    /// Only 2 (left and right exchanged) lets rows stream; the others wait for the whole picture.
    public mutating func oriented(_ field: FieldID, exif orientation: Int) -> FieldID {
        oriented(field, Orientation(exif: orientation))
    }

    mutating func oriented(_ field: FieldID, _ orientation: Orientation) -> FieldID {
        if orientation == Orientation() { return field }
        return add(OrientRows(orientation: orientation, input: format(of: field)), [field])
    }
}
