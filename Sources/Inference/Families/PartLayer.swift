/// A layer whose output may be a contiguous part of its first input.
protocol PartLayer: Layer {
    /// The first element of that part; nil where elements are picked from several places.
    func firstElement(_ inputs: LayerInputs) -> Int?
}

/// Some neighbouring elements of the input, which nobody has to copy where the output may lie in the input's memory.
struct PartComputation: Computation {
    let offset: Int

    /// A part keeps all of its source in memory; what is far smaller is copied instead.
    private static let leastShare = 8

    /// - Parameter inputs: of the layer.
    init?(_ layer: any PartLayer, _ inputs: LayerInputs, output: TensorType) {
        guard let input = inputs.optional(0), let first = layer.firstElement(inputs), output.count > 0,
            output.byteCount * Self.leastShare >= input.byteCount
        else { return nil }
        offset = first * input.element.byteCount
    }

    var viewOffset: Int? { offset }

    func run(_ run: LayerRun) {
        let source = run.input(0).base + offset, target = run.output()
        if target.base != source { target.base.copyMemory(from: source, byteCount: target.type.byteCount) }
    }
}
