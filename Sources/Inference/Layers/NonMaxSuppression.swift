import ONNX

/// The boxes that remain when each box that overlaps a better one of its class too much is dropped.
///
/// - Inputs: boxes `[batches, boxes, 4]`, scores `[batches, classes, boxes]`, and one element each:
///   `max_output_boxes_per_class` (0 by default: none), `iou_threshold` (0), `score_threshold` (none).
/// - Output: `[n, 3]`, int64: batch, class and box, for each batch and class the best first.
/// - `center_point_box`: 0 for `y1, x1, y2, x2` (any two opposite corners), 1 for centre and size, `x, y, w, h`.
/// - A box is dropped when its intersection over union with a better one exceeds the threshold; boxes count when
///   their score exceeds `score_threshold`.
struct NonMaxSuppression: Layer {
    static var opsets: ClosedRange<Int> { 10...21 }
    static var inputCount: ClosedRange<Int> { 2...5 }
    private let centers: Bool

    init(_ node: inout AttributeReader) throws(LayerError) {
        centers = try node.flag("center_point_box", default: false)
    }

    var isAlwaysLate: Bool { true }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let boxes = try inputs.type(0, .float32), scores = try inputs.type(1, .float32)
        guard boxes.rank == 3, scores.rank == 3, boxes.shape[2] == 4, boxes.shape[0] == scores.shape[0],
            boxes.shape[1] == scores.shape[2]
        else { throw .shape("boxes of shape \(boxes.shape) and scores of shape \(scores.shape)") }
        for index in 2...4 where inputs.has(index) {
            let type = index == 2 ? try inputs.type(2, .int64) : try inputs.type(index, .float32)
            if type.count != 1 { throw .shape("input \(index) has \(type.count) elements instead of one") }
        }
        var views: [Tensor?] = []
        for index in 0..<inputs.count { views.append(inputs.has(index) ? try inputs.constant(index).resident : nil) }
        let rows = withExtendedLifetime(views) { picked(views.map { $0?.view }) }
        var numbers: [Int64] = []
        for row in rows { numbers += [Int64(row.batch), Int64(row.kind), Int64(row.box)] }
        return [ValueFacts(try Tensor(shape: [rows.count, 3], int64s: numbers))]
    }

    func run(_ run: LayerRun) { preconditionFailure("the value is found with its shape") }

    private struct Box {
        var y1: Float, x1: Float, y2: Float, x2: Float

        func overlap(_ other: Box) -> Float {
            let height = min(y2, other.y2) - max(y1, other.y1), width = min(x2, other.x2) - max(x1, other.x1)
            guard height > 0, width > 0 else { return 0 }
            let union = (y2 - y1) * (x2 - x1) + (other.y2 - other.y1) * (other.x2 - other.x1) - height * width
            return union > 0 ? height * width / union : 0
        }
    }

    private func picked(_ inputs: [TensorView?]) -> [(batch: Int, kind: Int, box: Int)] {
        let boxes = inputs[0]!, scores = inputs[1]!
        func option(_ index: Int) -> TensorView? { index < inputs.count ? inputs[index] : nil }
        let most = option(2).map { Int($0.int64s[0]) } ?? 0
        let threshold = option(3)?.floats[0] ?? 0, least = option(4)?.floats[0] ?? -.infinity
        var result: [(batch: Int, kind: Int, box: Int)] = []
        let count = boxes.shape[1], classes = scores.shape[1]
        if most <= 0 { return [] }
        for batch in 0..<boxes.shape[0] {
            for kind in 0..<classes {
                let line = (batch * classes + kind) * count
                let order = (0..<count).filter { scores.floats[line + $0] > least }
                    .sorted { i, j in
                        let a = scores.floats[line + i], b = scores.floats[line + j]
                        return a == b ? i < j : a > b
                    }
                var kept: [Box] = []
                for index in order where kept.count < most {
                    let box = box(boxes, batch * count + index)
                    if kept.contains(where: { $0.overlap(box) > threshold }) { continue }
                    kept.append(box)
                    result.append((batch, kind, index))
                }
            }
        }
        return result
    }

    private func box(_ boxes: TensorView, _ index: Int) -> Box {
        let values = (0..<4).map { boxes.floats[index * 4 + $0] }
        if centers {
            let (x, y, w, h) = (values[0], values[1], values[2] / 2, values[3] / 2)
            return Box(y1: y - h, x1: x - w, y2: y + h, x2: x + w)
        }
        return Box(
            y1: min(values[0], values[2]), x1: min(values[1], values[3]), y2: max(values[0], values[2]),
            x2: max(values[1], values[3]))
    }
}
