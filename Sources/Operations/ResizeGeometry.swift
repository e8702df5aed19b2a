import Raster

/// The size that a picture gets, and which part of it goes there.
struct ResizeGeometry: Sendable {
    enum Fit: String, Sendable, CaseIterable {
        case contain, cover, stretch
    }

    enum Target: Sendable {
        case scale(Double)
        case width(Int)
        case height(Int)
        case box(ImageSize, Fit)
    }

    /// Pixels along one side at most.
    static let largestSide = 65_535

    var columns: ResampleAxis
    var rows: ResampleAxis

    var output: ImageSize { ImageSize(width: columns.output, height: rows.output) }

    /// Sides are rounded to the nearest whole number, halves up, and are at least 1.
    ///
    /// - `enlarge`: false keeps sides from becoming longer; with `contain`, one side, or a scale, the picture then stays
    ///   as it is; with `cover` it is cut to what there is of the wanted size.
    init(_ target: Target, of size: ImageSize, enlarge: Bool) throws(OperationError) {
        switch target {
        case .scale(let scale):
            let scale = enlarge ? scale : min(scale, 1)
            let sides = [size.width, size.height].map { (Double($0) * scale).rounded() }
            try Self.require(sides.max()!, size)
            self.init(size, max(1, Int(sides[0])), max(1, Int(sides[1])))
        case .width(let width):
            let width = enlarge ? width : min(width, size.width)
            let height = Self.side(size.height, width, size.width)
            try Self.require(Double(height), size)
            self.init(size, width, height)
        case .height(let height):
            let height = enlarge ? height : min(height, size.height)
            let width = Self.side(size.width, height, size.height)
            try Self.require(Double(width), size)
            self.init(size, width, height)
        case .box(let box, .contain):
            if !enlarge, box.width >= size.width, box.height >= size.height {
                self.init(size, size.width, size.height)
            } else if box.width * size.height <= box.height * size.width {
                self.init(size, box.width, Self.side(size.height, box.width, size.width))
            } else {
                self.init(size, Self.side(size.width, box.height, size.height), box.height)
            }
        case .box(let box, .cover):
            if !enlarge, box.width > size.width || box.height > size.height {
                let (width, height) = (min(box.width, size.width), min(box.height, size.height))
                self.init(size, width, height, cut: ((width, 1), (height, 1)))
            } else if box.width * size.height >= box.height * size.width {
                self.init(
                    size, box.width, box.height, cut: ((size.width, 1), (box.height * size.width, box.width)))
            } else {
                self.init(
                    size, box.width, box.height, cut: ((box.width * size.height, box.height), (size.height, 1)))
            }
        case .box(let box, .stretch):
            self.init(
                size, enlarge ? box.width : min(box.width, size.width),
                enlarge ? box.height : min(box.height, size.height))
        }
    }

    private init(_ size: ImageSize, _ width: Int, _ height: Int) {
        columns = ResampleAxis(input: size.width, output: width)
        rows = ResampleAxis(input: size.height, output: height)
    }

    /// - `cut`: the part of each side that is used, as a quotient.
    private init(
        _ size: ImageSize, _ width: Int, _ height: Int,
        cut: (columns: (numerator: Int, denominator: Int), rows: (numerator: Int, denominator: Int))
    ) {
        columns = ResampleAxis(input: size.width, output: width, extent: cut.columns)
        rows = ResampleAxis(input: size.height, output: height, extent: cut.rows)
    }

    /// `side · new / old`, rounded.
    private static func side(_ side: Int, _ new: Int, _ old: Int) -> Int {
        max(1, (2 * side * new + old) / (2 * old))
    }

    private static func require(_ side: Double, _ size: ImageSize) throws(OperationError) {
        guard side > Double(largestSide) else { return }
        throw OperationError(
            "too-large", "a side of the \(size) picture would become \(Int(side)) pixels long",
            hint: "a side has at most \(largestSide) pixels")
    }
}
