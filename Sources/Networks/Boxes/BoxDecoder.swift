import Foundation
import Inference
import Raster

/// Turns the outputs of a detector into boxes: which numbers mean what, as its card says.
///
/// A detector speaks of many places at once; for each it gives four numbers of a box, scores of classes, and perhaps
/// how sure it is that there is anything (objectness) and points such as eyes. Families of detectors differ in how the
/// four numbers are coded (`Coding`), in how the score comes about, and in where in the outputs the numbers stand.
public struct BoxDecoder: Sendable, Equatable {
    /// How the four numbers of a box are meant. `t` are the numbers, `c` the place of a cell, `s` its stride; results
    /// are pixels of the network's input.
    public enum Coding: Sendable, Equatable {
        /// The box itself, in pixels or as fractions of the input.
        case absolute(Coordinates, isFraction: Bool)
        /// `x = (tx + cx) · s`, `w = exp(tw) · s`: YOLOX, YuNet.
        case grid
        /// `left = x − t₀ · s`, `right = x + t₂ · s` around `x = (cx + offset) · s`: SCRFD (offset 0), FCOS (½).
        case distances(offset: Double)
        /// `x = px + tx · vc · pw`, `w = pw · exp(tw · vs)`, or `w = tw · vs · pw` where sizes are not exponential,
        /// around priors: SSD, RetinaFace, BlazeFace.
        case priors(center: Double, size: Double, isExponential: Bool)
        /// Two tables: sizes `t` and places within the cell `o`: `x = (cx + ox + offset) · s`, `w = exp(tw) · s`, or
        /// `tw · s`. CenterFace (exponential, offset ½), CenterNet (linear, 0).
        case heatmap(offset: Double, isExponential: Bool)
    }

    /// What the four numbers of an absolute box are.
    public enum Coordinates: String, Sendable, CaseIterable {
        /// left, top, right, bottom
        case corners
        /// top, left, bottom, right
        case cornersYX = "corners-yx"
        /// centre x, centre y, width, height
        case center
        /// left, top, width, height
        case size
    }

    /// What is done to scores before they are compared.
    public enum Activation: String, Sendable, CaseIterable {
        case none, sigmoid, softmax
    }

    /// How objectness and the score of a class become one score.
    public enum Combination: String, Sendable, CaseIterable {
        case product
        /// `√(objectness · class)`, both limited to 0…1
        case geometricMean = "geometric-mean"
    }

    /// Where the numbers stand.
    public enum Layout: Sendable, Equatable {
        /// In one table, given by one output or several (one for each stride): the box, objectness if there is any,
        /// scores, points.
        case joined([String], hasObjectness: Bool)
        /// The box, the score and the class: what is left after suppression within the graph.
        case list(String)
        /// In tables of their own, each given by one output or several.
        case separate(Outputs)
    }

    public struct Outputs: Sendable, Equatable {
        public var boxes: [String]
        public var scores: [String]
        public var objectness: [String] = []
        public var points: [String] = []
        /// The class of each row where scores are not one column for each class.
        public var classes: [String] = []
        /// Places within cells: only of heatmaps.
        public var offsets: [String] = []

        public init(boxes: [String], scores: [String]) {
            self.boxes = boxes
            self.scores = scores
        }
    }

    /// The places of one stride.
    public struct Level: Sendable, Equatable {
        public var stride: Int
        /// Width and height of each prior of a cell; only of `priors`.
        public var sizes: [Size] = []

        public init(stride: Int, sizes: [Size] = []) {
            self.stride = stride
            self.sizes = sizes
        }
    }

    /// Pixels of the network's input.
    public struct Size: Sendable, Equatable {
        public var width: Double
        public var height: Double

        public init(width: Double, height: Double) {
            self.width = width
            self.height = height
        }
    }

    public var coding: Coding
    public var layout: Layout
    public var levels: [Level] = []
    /// Places that belong to one cell where there are no priors.
    public var perCell = 1
    public var activation = Activation.none
    public var combination = Combination.product
    /// The column of scores that means that nothing is there.
    public var background: Int?
    /// Columns of scores; nil where only the outputs tell.
    public var classCount: Int?
    public var pointCount = 0
    /// 2, or 3 where a point comes with its visibility, which is not used.
    public var numbersPerPoint = 2
    /// Whether y comes before x in sizes, offsets and points.
    public var isRowFirst = false

    public init(_ coding: Coding, _ layout: Layout) {
        self.coding = coding
        self.layout = layout
    }

    /// Everything that scores at least `threshold`, the best class of each place, in pixels of the network's input.
    ///
    /// - Parameters:
    ///   - outputs: of one run, by name.
    ///   - input: the size of the network's input.
    /// - Throws: where outputs are missing, or their shapes do not fit the card.
    public func candidates(
        _ outputs: [String: Tensor], input: ImageSize, threshold: Double
    ) throws(DecodingError) -> [Detection] {
        let tables = try BoxTables(self, outputs)
        let cells = try cells(input, count: tables.boxes.table.rows)
        var found: [Detection] = []
        for row in 0..<tables.boxes.table.rows {
            guard let (score, kind) = best(row, tables, threshold: threshold) else { continue }
            let cell = cells.isEmpty ? Cell(x: 0, y: 0, stride: 1, prior: nil) : cells[row]
            let box = box(row, tables, cell, input)
            let detection = Detection(
                box: box, score: score, kind: kind, points: points(row, tables, cell, box, input))
            if detection.isFinite { found.append(detection) }
        }
        return found
    }

    // MARK: Scores

    /// The best class of a row and its score; nil below the threshold.
    private func best(_ row: Int, _ tables: BoxTables, threshold: Double) -> (Double, Int)? {
        var objectness = 1.0
        if let column = tables.objectness {
            objectness = Double(column[row, 0])
            if activation == .sigmoid || activation == .softmax { objectness = sigmoid(objectness) }
            // A product with a number of at most 1 cannot reach it any more.
            if combination == .product, activation != .none, objectness < threshold { return nil }
        }
        let scores = tables.scores
        var kind = -1
        var best = -Double.infinity
        for column in 0..<scores.count where column != background {
            let value = Double(scores[row, column])
            if value > best { (best, kind) = (value, column) }
        }
        guard kind >= 0 else { return nil }
        switch activation {
        case .none: break
        case .sigmoid: best = sigmoid(best)
        case .softmax:
            let largest = (0..<scores.count).reduce(-Double.infinity) { max($0, Double(scores[row, $1])) }
            let sum = (0..<scores.count).reduce(0) { $0 + exp(Double(scores[row, $1]) - largest) }
            best = exp(best - largest) / sum
        }
        if tables.objectness != nil {
            switch combination {
            case .product: best *= objectness
            case .geometricMean: best = (min(max(best, 0), 1) * min(max(objectness, 0), 1)).squareRoot()
            }
        }
        guard best >= threshold else { return nil }
        if let classes = tables.classes {
            guard let stated = Int(exactly: classes[row, 0].rounded()), stated >= 0, stated != background else {
                return nil
            }
            kind = stated
        }
        return (best, kind)
    }

    private func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }

    // MARK: Boxes and points

    private struct Cell {
        var x: Double
        var y: Double
        var stride: Double
        /// In pixels: the centre is in the cell.
        var prior: Size?
    }

    /// A cell for each row, where the coding has cells.
    private func cells(_ input: ImageSize, count: Int) throws(DecodingError) -> [Cell] {
        if case .absolute = coding { return [] }
        var cells: [Cell] = []
        cells.reserveCapacity(count)
        for level in levels {
            let columns = (input.width + level.stride - 1) / level.stride
            let rows = (input.height + level.stride - 1) / level.stride
            let priors: [Size?] = level.sizes.isEmpty ? [Size?](repeating: nil, count: perCell) : level.sizes
            guard columns * rows * priors.count <= count - cells.count else {
                throw unfitting(input, count)
            }
            for y in 0..<rows {
                for x in 0..<columns {
                    for prior in priors {
                        cells.append(Cell(x: Double(x), y: Double(y), stride: Double(level.stride), prior: prior))
                    }
                }
            }
        }
        guard cells.count == count else { throw unfitting(input, count) }
        return cells
    }

    private func unfitting(_ input: ImageSize, _ count: Int) -> DecodingError {
        let expected = levels.map { level in
            let columns = (input.width + level.stride - 1) / level.stride
            let rows = (input.height + level.stride - 1) / level.stride
            return "\(columns)×\(rows)×\(level.sizes.isEmpty ? perCell : level.sizes.count)"
        }
        return DecodingError(
            "the outputs speak of \(count) places; strides \(levels.map { String($0.stride) }.joined(separator: ", ")) on "
                + "an input of \(input) give \(expected.joined(separator: " + "))")
    }

    private func box(_ row: Int, _ tables: BoxTables, _ cell: Cell, _ input: ImageSize) -> Box {
        let t = (0..<tables.boxes.count).map { Double(tables.boxes[row, $0]) }
        switch coding {
        case .absolute(let coordinates, let isFraction):
            var box =
                switch coordinates {
                case .corners: Box(left: t[0], top: t[1], right: t[2], bottom: t[3])
                case .cornersYX: Box(left: t[1], top: t[0], right: t[3], bottom: t[2])
                case .center: Box(centerX: t[0], centerY: t[1], width: t[2], height: t[3])
                case .size: Box(left: t[0], top: t[1], right: t[0] + t[2], bottom: t[1] + t[3])
                }
            if isFraction {
                box.left *= Double(input.width)
                box.right *= Double(input.width)
                box.top *= Double(input.height)
                box.bottom *= Double(input.height)
            }
            return box
        case .grid:
            return Box(
                centerX: (t[0] + cell.x) * cell.stride, centerY: (t[1] + cell.y) * cell.stride,
                width: exp(t[2]) * cell.stride, height: exp(t[3]) * cell.stride)
        case .distances(let offset):
            let (x, y) = ((cell.x + offset) * cell.stride, (cell.y + offset) * cell.stride)
            return Box(
                left: x - t[0] * cell.stride, top: y - t[1] * cell.stride, right: x + t[2] * cell.stride,
                bottom: y + t[3] * cell.stride)
        case .priors(let center, let size, let isExponential):
            let prior = cell.prior ?? Size(width: cell.stride, height: cell.stride)
            func scale(_ t: Double) -> Double { isExponential ? exp(t * size) : t * size }
            return Box(
                centerX: (cell.x + 0.5) * cell.stride + t[0] * center * prior.width,
                centerY: (cell.y + 0.5) * cell.stride + t[1] * center * prior.height,
                width: prior.width * scale(t[2]), height: prior.height * scale(t[3]))
        case .heatmap(let offset, let isExponential):
            let o = (0..<2).map { Double(tables.offsets?[row, $0] ?? 0) }
            func scale(_ t: Double) -> Double { (isExponential ? exp(t) : t) * cell.stride }
            let (x, y) = isRowFirst ? (1, 0) : (0, 1)
            return Box(
                centerX: (cell.x + o[x] + offset) * cell.stride, centerY: (cell.y + o[y] + offset) * cell.stride,
                width: scale(t[x]), height: scale(t[y]))
        }
    }

    private func points(_ row: Int, _ tables: BoxTables, _ cell: Cell, _ box: Box, _ input: ImageSize) -> [Point] {
        guard let columns = tables.points else { return [] }
        let (first, second) = isRowFirst ? (1, 0) : (0, 1)
        return (0..<pointCount).map { index in
            let x = Double(columns[row, index * numbersPerPoint + first])
            let y = Double(columns[row, index * numbersPerPoint + second])
            switch coding {
            case .absolute(_, let isFraction):
                return isFraction ? Point(x: x * Double(input.width), y: y * Double(input.height)) : Point(x: x, y: y)
            case .grid: return Point(x: (x + cell.x) * cell.stride, y: (y + cell.y) * cell.stride)
            case .distances(let offset):
                return Point(x: (x + cell.x + offset) * cell.stride, y: (y + cell.y + offset) * cell.stride)
            case .priors(let center, _, _):
                let prior = cell.prior ?? Size(width: cell.stride, height: cell.stride)
                return Point(
                    x: (cell.x + 0.5) * cell.stride + x * center * prior.width,
                    y: (cell.y + 0.5) * cell.stride + y * center * prior.height)
            case .heatmap: return Point(x: box.left + x * box.width, y: box.top + y * box.height)
            }
        }
    }
}
