import NetworkKernels

/// Some neighbouring channels of blocked planes.
struct BlockedPartComputation: Computation {
    let first: Int
    let count: Int

    func run(_ run: LayerRun) {
        let input = run.input(0), output = run.output()
        let width = BlockedLayout.width, pixels = input.shape[2] * input.shape[3], plane = pixels * width
        let inputBlocks = input.shape[1], blocks = output.shape[1]
        let source = input.floats.baseAddress!, target = output.floats.baseAddress!
        run.workers.forEachRange(of: output.shape[0] * blocks, length: max(1, parallelThreshold / plane)) { range in
            for index in range {
                let channel = first + index % blocks * width, lane = channel % width
                let from = source + (index / blocks * inputBlocks + channel / width) * plane
                let to = target + index * plane
                // What lies beyond the last channel must be some number: the input's next ones are, where it has any.
                let here = width - lane, isLast = channel / width + 1 == inputBlocks
                loops.copyLanes(from, fromLane: lane, to: to, toLane: 0, count: here, pixels: pixels)
                if lane == 0 { continue }
                loops.copyLanes(
                    isLast ? from : from + plane, fromLane: 0, to: to, toLane: here, count: lane, pixels: pixels)
            }
        }
    }
}
