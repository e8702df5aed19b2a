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

/// Blocks of sixteen channels into planes: `[N, B, H, W, 16]` in, `[N, C, H, W]` out, the channels from `first` on.
struct UnblockComputation: Computation {
    let first: Int

    func run(_ run: LayerRun) {
        let input = run.input(0), output = run.output()
        let channels = output.shape[1], plane = output.type.count(from: 2), inputBlocks = input.shape[1]
        let width = BlockedLayout.width, blocks = first / width..<(first + channels + width - 1) / width
        let source = input.floats.baseAddress!, target = output.floats.baseAddress!
        run.workers.forEachRange(
            of: input.shape[0] * blocks.count, length: max(1, parallelThreshold / (plane * width))
        ) { range in
            for index in range {
                let image = index / blocks.count, block = blocks.lowerBound + index % blocks.count
                let from = max(first, block * width), to = min(first + channels, (block + 1) * width)
                loops.unblock(
                    source + (image * inputBlocks + block) * plane * width, fromLane: from % width,
                    channels: to - from, plane: plane, to: target + (image * channels + from - first) * plane)
            }
        }
    }
}

/// Blocks of sixteen channels into pixels: `[N, B, H, W, 16]` in, `[N, H, W, C]` out, the channels from `first` on.
struct PixelComputation: Computation {
    let first: Int

    func run(_ run: LayerRun) {
        let input = run.input(0), output = run.output()
        let channels = output.shape[3], plane = output.shape[1] * output.shape[2], block = plane * BlockedLayout.width
        let source = input.floats.baseAddress!, target = output.floats.baseAddress!
        let length = max(1, parallelThreshold / channels), pieces = (plane + length - 1) / length
        run.workers.forEach(input.shape[0] * pieces) { piece in
            let image = piece / pieces, begin = piece % pieces * length
            loops.unblockPixels(
                source + image * input.shape[1] * block, block: block, first: first, channels: channels,
                pixels: begin..<min(plane, begin + length), to: target + image * plane * channels)
        }
    }
}
