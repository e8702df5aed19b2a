import NetworkKernels

/// LRN of blocked planes.
struct BlockedResponseComputation: Computation {
    let channels: Int
    let before: Int
    let after: Int
    let scale: Float
    let bias: Float
    let power: Float

    /// The furthest channel that may be looked at.
    static let mostReach = 16

    func run(_ run: LayerRun) {
        let input = run.input(0), blocks = input.shape[1], pixels = input.shape[2] * input.shape[3]
        let source = input.floats.baseAddress!, target = run.output().floats.baseAddress!
        let stretch = max(16, parallelThreshold / 2 / (blocks * BlockedLayout.width) / 16 * 16)
        let pieces = (pixels + stretch - 1) / stretch, perImage = blocks * pixels * BlockedLayout.width
        run.workers.forEach(input.shape[0] * pieces) { piece in
            let image = piece / pieces, first = piece % pieces * stretch
            loops.normalizeAcross(
                source + image * perImage, blocks: blocks, channels: channels, plane: pixels * BlockedLayout.width,
                pixels: first..<min(pixels, first + stretch), before: before, after: after, scale: scale, bias: bias,
                power: power, to: target + image * perImage)
        }
    }
}
