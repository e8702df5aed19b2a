import ONNX

/// Blocks of pixels become blocks of channels.
///
/// - Shapes: `[N, C, H·b, W·b]` in, `[N, C·b², H, W]` out; the block's place is the slower part of the channel.
/// - `blocksize`: b.
struct SpaceToDepth: Layer {
    private let block: Int

    init(_ node: inout AttributeReader) throws(LayerError) {
        block = try node.integer("blocksize", in: 1...4096, default: 0)
    }

    func outputs(for inputs: LayerInputs) throws(LayerError) -> [ValueFacts] {
        let input = try inputs.type(0)
        guard input.rank == 4, input.shape[2] % block == 0, input.shape[3] % block == 0 else {
            throw .shape("an input of shape \(input.shape) for blocks of \(block)")
        }
        let s = input.shape
        return [ValueFacts(try TensorType(input.element, [s[0], s[1] * block * block, s[2] / block, s[3] / block]))]
    }

    func reach(_ inputs: ReachInputs) -> Reach? {
        guard let reach = inputs.only() else { return nil }
        func axis(_ reach: AxisReach) -> AxisReach {
            reach.window(stride: Double(block), first: 0, last: Double(block - 1))
        }
        return Reach(rows: axis(reach.rows), columns: axis(reach.columns))
    }

    func run(_ run: LayerRun) {
        let input = run.input(0), s = input.shape
        // As [N, C, H, b, W, b]; out comes [N, b, b, C, H, W].
        let walk = StridedWalk(
            shape: [s[0], s[1], s[2] / block, block, s[3] / block, block], order: [0, 3, 5, 1, 2, 4])
        copy(walk, from: input, to: run.output(), workers: run.workers)
    }
}
