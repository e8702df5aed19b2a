import NetworkKernels

/// The channel with the most extreme element of each pixel, from blocked planes.
///
/// Planes exist only for a stretch of pixels at a time: all of them together would go through memory twice.
struct ExtremeChannelComputation: Computation {
    let channels: Int
    /// The smallest element instead of the largest.
    let negate: Bool
    let takesLast: Bool

    private static let stretch = 1024

    var pieceScratchByteCount: Int { 4 * channels * Self.stretch }

    func run(_ run: LayerRun) {
        let input = run.input(0), blocks = input.shape[1], width = BlockedLayout.width
        let pixels = input.shape[2] * input.shape[3], pieces = (pixels + Self.stretch - 1) / Self.stretch
        let source = input.floats.baseAddress!, target = run.output().int64s.baseAddress!
        run.workers.forEach(input.shape[0] * pieces) { piece in
            let image = piece / pieces, first = piece % pieces * Self.stretch
            let count = min(Self.stretch, pixels - first)
            run.pool.withMemory { planes in
                for block in 0..<blocks {
                    loops.unblock(
                        source + ((image * blocks + block) * pixels + first) * width,
                        fromLane: 0, channels: min(width, channels - block * width), plane: count,
                        to: planes + block * width * count)
                }
                loops.extremePlaces(
                    planes, size: channels, step: count, columns: count, negate: negate, takesLast: takesLast,
                    to: target + image * pixels + first)
            }
        }
    }
}
