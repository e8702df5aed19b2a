import NetworkKernels

/// Planes into blocks of sixteen channels: `[N, C, H, W]` in, `[N, ⌈C/16⌉, H, W, 16]` out.
struct BlockComputation: Computation {
    func run(_ run: LayerRun) {
        let input = run.input(0), output = run.output()
        let channels = input.shape[1], plane = input.type.count(from: 2), blocks = output.shape[1]
        let source = input.floats.baseAddress!, target = output.floats.baseAddress!
        run.workers.forEachRange(of: input.shape[0] * blocks, length: max(1, parallelThreshold / (plane * 16))) {
            range in
            for index in range {
                let first = index % blocks * 16
                loops.block(
                    source + (index / blocks * channels + first) * plane, channels: min(16, channels - first),
                    plane: plane, to: target + index * plane * 16)
            }
        }
    }
}

/// Blocks of sixteen channels into planes: `[N, ⌈C/16⌉, H, W, 16]` in, `[N, C, H, W]` out.
struct UnblockComputation: Computation {
    func run(_ run: LayerRun) {
        let input = run.input(0), output = run.output()
        let channels = output.shape[1], plane = output.type.count(from: 2), blocks = input.shape[1]
        let source = input.floats.baseAddress!, target = output.floats.baseAddress!
        run.workers.forEachRange(of: input.shape[0] * blocks, length: max(1, parallelThreshold / (plane * 16))) {
            range in
            for index in range {
                let first = index % blocks * 16
                loops.unblock(
                    source + index * plane * 16, channels: min(16, channels - first), plane: plane,
                    to: target + (index / blocks * channels + first) * plane)
            }
        }
    }
}
