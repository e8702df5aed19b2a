import Dataflow
import Raster

/// A decoded picture at 1/2, 1/4 or 1/8 of its size, as the decoder gives it.
///
/// Each of its pixels stands for `denominator` columns and rows of the full picture. Where that has no whole number of
/// them, the last one stands for fewer; after mirroring, the first one.
public struct ReducedPicture: Sendable {
    public let denominator: Int
    public let field: FieldID
    /// Columns and rows that the first pixel lacks.
    let missing: (columns: Int, rows: Int)

    /// - `source`: the picture as it is stored.
    /// - `size`: of the full picture as it is stored.
    public init(
        _ source: FieldID, denominator: Int, of size: ImageSize, exif: Int, into graph: inout Graph
    ) {
        self.denominator = denominator
        let orientation = Orientation(exif: exif)
        field = graph.oriented(source, orientation)
        func rest(_ side: Int) -> Int { Self.side(side, denominator) * denominator - side }
        let columns = orientation.mirrorsColumns ? rest(size.width) : 0
        let rows = orientation.mirrorsRows ? rest(size.height) : 0
        missing = orientation.transposes ? (rows, columns) : (columns, rows)
    }

    public static func size(_ size: ImageSize, denominator: Int) -> ImageSize {
        ImageSize(width: side(size.width, denominator), height: side(size.height, denominator))
    }

    private static func side(_ side: Int, _ denominator: Int) -> Int { (side + denominator - 1) / denominator }
}

extension ResizeGeometry {
    /// The most reduced of some pictures from which the filter still has to shrink both sides to a half; nil where none
    /// leaves as much.
    func start(among pictures: [ReducedPicture]) -> ReducedPicture? {
        pictures.filter { picture in
            [columns, rows].allSatisfy { $0.shrinks(by: 2 * picture.denominator) }
        }.max { $0.denominator < $1.denominator }
    }

    /// The same from a reduced picture.
    func starting(at picture: ReducedPicture) -> ResizeGeometry {
        var geometry = self
        geometry.columns = columns.reduced(by: picture.denominator, missing: picture.missing.columns)
        geometry.rows = rows.reduced(by: picture.denominator, missing: picture.missing.rows)
        return geometry
    }
}
