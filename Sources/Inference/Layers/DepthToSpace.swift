import ONNX

/// Blocks of channels become blocks of pixels.
///
/// - Shapes: `[N, C·b², H, W]` in, `[N, C, H·b, W·b]` out.
/// - `blocksize`: b. `mode`: `DCR` (default), where the block's place is the slower part of the channel, or `CRD`,
///   where it is the faster one.
struct DepthToSpace: Layer {
    private enum Mode: String, CaseIterable { case depthFirst = "DCR", channelFirst = "CRD" }
    private let block: Int
    private let mode: Mode

    init(_ node: inout AttributeReader) throws(LayerError) {
        block = try node.integer("blocksize", in: 1...4096, default: 0)
        mode = try node.choice("mode", default: .depthFirst)
    }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let input = try inputs.type(0)
        guard input.rank == 4, input.shape[1] % (block * block) == 0 else {
            throw .shape("an input of shape \(input.shape) for blocks of \(block)")
        }
        let s = input.shape
        return [ValueFacts(try TensorType(input.element, [s[0], s[1] / block / block, s[2] * block, s[3] * block]))]
    }

    func reach(_ inputs: ReachInputs) -> Reach? {
        guard let reach = inputs.only() else { return nil }
        func axis(_ reach: AxisReach) -> AxisReach {
            reach.window(stride: 1 / Double(block), first: Double(1 - block) / Double(block), last: 0)
        }
        return Reach(rows: axis(reach.rows), columns: axis(reach.columns))
    }

    func run(_ run: LayerRun) {
        let input = run.input(0), s = input.shape, c = s[1] / block / block
        // As [N, b, b, C, H, W] or [N, C, b, b, H, W]; out comes [N, C, H, b, W, b].
        let walk =
            mode == .depthFirst
            ? StridedWalk(shape: [s[0], block, block, c, s[2], s[3]], order: [0, 3, 4, 1, 5, 2])
            : StridedWalk(shape: [s[0], c, block, block, s[2], s[3]], order: [0, 1, 4, 2, 5, 3])
        copy(walk, from: input, to: run.output(), workers: run.workers)
    }
}
