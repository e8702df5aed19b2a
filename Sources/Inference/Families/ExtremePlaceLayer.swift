import NetworkKernels
import ONNX

/// A layer that finds where along an axis the most extreme element is.
protocol ExtremePlaceLayer: Layer {
    var axis: ExtremePlaceAxis { get }
    static var relation: Relation { get }
}

/// The attributes of ArgMax and ArgMin.
struct ExtremePlaceAxis {
    let axis: Int
    let keepsDimension: Bool
    let takesLast: Bool

    init(_ node: inout AttributeReader) throws(LayerError) {
        axis = try node.integer("axis") ?? 0
        keepsDimension = try node.flag("keepdims", default: true)
        takesLast = try node.flag("select_last_index", default: false)
    }
}

extension ExtremePlaceLayer {
    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let input = try inputs.type(0)
        let place = try normalized(axis: axis.axis, rank: input.rank)
        if input.shape[place] == 0 { throw .shape("axis \(place) of shape \(input.shape) is empty") }
        var shape = input.shape
        if axis.keepsDimension { shape[place] = 1 } else { shape.remove(at: place) }
        return [ValueFacts(try TensorType(.int64, shape))]
    }

    func run(_ run: LayerRun) {
        let input = run.input(0), target = run.output().int64s
        guard input.count > 0 else { return }
        let place = axis.axis < 0 ? axis.axis + input.shape.count : axis.axis
        let size = input.shape[place], inner = input.type.count(from: place + 1)
        let relation = Self.relation, takesLast = axis.takesLast
        if input.element == .float32 {
            let source = input.floats.baseAddress!, places = target.baseAddress!
            // Stretches of columns, so that a walk along the axis stays in the cache.
            let stretch = min(inner, 512), pieces = (inner + stretch - 1) / stretch
            run.workers.forEach(input.count / size / inner * pieces) { piece in
                let outer = piece / pieces, first = piece % pieces * stretch
                loops.extremePlaces(
                    source + outer * size * inner + first, size: size, step: inner,
                    columns: min(stretch, inner - first),
                    negate: relation == .less, takesLast: takesLast, to: places + outer * inner + first)
            }
            return
        }

        /// The place of the best of `size` elements, where `beats` compares two places.
        func best(_ beats: (Int, Int) -> Bool) -> Int64 {
            var best = 0
            for index in 1..<max(1, size) where beats(index, best) { best = index }
            return Int64(best)
        }

        let perPiece = max(1, parallelThreshold / size)
        run.workers.forEachRange(of: input.count / size, length: perPiece) { lines in
            for line in lines {
                let base = line / inner * inner * size + line % inner
                target[line] = best { i, j in
                    let a = input.integer(at: base + i * inner), b = input.integer(at: base + j * inner)
                    return relation.holds(a, b) || (takesLast && a == b)
                }
            }
        }
    }
}
