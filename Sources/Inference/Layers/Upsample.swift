import ONNX

/// The input enlarged by scales: nearest element or linear interpolation. Resize has taken its place in later
/// operator sets.
///
/// - Scales: an attribute before operator set 9, input 1 since. The output has ⌊size · scale⌋ elements along an axis;
///   output place x comes from x / scale.
/// - `mode`: `nearest` (default), `linear` or `bilinear`.
/// - Types: float32; any with `nearest`.
struct Upsample: Layer {
    static var opsets: ClosedRange<Int> { 7...9 }
    static var inputCount: ClosedRange<Int> { 1...2 }
    private enum Mode: String, CaseIterable { case nearest, linear, bilinear }
    private var resampling = Resampling()
    private let attribute: [Float]?

    init(_ node: inout AttributeReader) throws(LayerError) {
        resampling.mode = try node.choice("mode", default: Mode.nearest) == .nearest ? .nearest : .linear
        resampling.coordinates = .asymmetric
        resampling.rounding = .floor
        attribute = node.opset < 9 ? try node.floats("scales") : nil
    }

    private func resolved(_ inputs: LayerInputs) throws(LayerError) -> [Resampling.Axis] {
        let input = try inputs.type(0)
        if input.element != .float32, resampling.mode != .nearest {
            throw .type("input 0 is \(input.element); linear resizing is for float32")
        }
        if input.shape.contains(0) { throw .shape("an input of shape \(input.shape)") }
        let scales: [Double]
        if let attribute {
            scales = attribute.map { Double($0) }
        } else {
            _ = try inputs.type(1, .float32)
            scales = try inputs.constant(1).doubles
        }
        guard scales.count == input.rank else { throw .shape("\(scales.count) scales for \(input.rank) axes") }
        var axes: [Resampling.Axis] = []
        for (size, scale) in zip(input.shape, scales) { axes.append(try Resize.scaled(size, scale)) }
        return axes
    }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        [ValueFacts(try TensorType(try inputs.type(0).element, try resolved(inputs).map(\.output)))]
    }

    func scratchByteCount(inputs: [TensorType?], outputs: [TensorType?]) -> Int {
        guard resampling.mode != .nearest, let input = inputs[0], let output = outputs[0] else { return 0 }
        return Resampling.scratchByteCount(input: input, output: output)
    }

    func reach(_ inputs: ReachInputs) -> Reach? {
        guard let reach = inputs.only(), let axes = try? resolved(inputs.inputs) else { return nil }
        return resampling.reach(reach, axes)
    }

    func run(_ run: LayerRun) throws(LayerError) { resampling.run(run, try resolved(LayerInputs(run))) }

    /// The same on blocked planes; nil where that is not possible.
    func blocked(_ inputs: LayerInputs) -> BlockedResampling? {
        (try? resolved(inputs)).flatMap { BlockedResampling(resampling, axes: $0) }
    }
}
