/// Convolution into blocked planes by sums of products over runs of input elements.
///
/// A few output pixels times one or two blocks of output channels stay in registers. For each of them the inner
/// dimension is a list of runs: places relative to the pixel's first input element, from each of which `runLength`
/// elements count. Blocked input has runs of sixteen channels, one for each block and place of the kernel, and of fewer
/// in a last block that is not full; planes, as the first layer has them, have runs of one kernel row.
public struct DirectConvolution: Sendable {
    /// Output rows and columns.
    public let height: Int
    public let width: Int
    /// Elements from one output row, or column, to the next, in the (padded) input.
    public let rowStep: Int
    public let columnStep: Int
    public let runs: [Int]
    public let runLength: Int
    /// How many runs have that length; those after them have `restLength` elements.
    public let wholeRuns: Int
    public let restLength: Int
    /// Blocks of sixteen output channels; each has a panel of weights.
    public let blocks: Int
    /// Places of the kernel, which neighbouring pixels share much of their input over.
    private let places: Int
    /// Whether the pixels' inputs follow each other at equal steps, also from one row to the next.
    public let isEven: Bool

    /// - Parameter rest: how many of the last runs are shorter, and their length.
    public init(
        height: Int, width: Int, rowStep: Int, columnStep: Int, runs: [Int], runLength: Int,
        rest: (count: Int, length: Int) = (0, 0), blocks: Int, places: Int
    ) {
        wholeRuns = runs.count - rest.count
        restLength = rest.length
        self.places = places
        isEven = rowStep == width * columnStep
        self.height = height
        self.width = width
        self.rowStep = rowStep
        self.columnStep = columnStep
        self.runs = runs
        self.runLength = runLength
        self.blocks = blocks
    }

    public var pixels: Int { height * width }
    /// Elements of the inner dimension.
    public var innerCount: Int { innerCount(runs.count) }

    /// Elements of the first `count` runs.
    public func innerCount(_ count: Int) -> Int {
        min(count, wholeRuns) * runLength + max(0, count - wholeRuns) * restLength
    }

    /// Elements of the packed weights: panel after panel, inner element after inner element, 16 channels each.
    public var packedCount: Int { blocks * innerCount * BlockedLayout.width }

    /// Pixels that one piece of work takes: their input should stay in the second-level cache, and several pieces
    /// should be an even number of equal ones, for threads to have the same to do.
    public var pixelsPerPiece: Int {
        let inputPerPixel = max(1, innerCount * 4 / places)
        let fitting = min(392, max(56, (512 << 10) / inputPerPixel)) / 14 * 14
        let pieces = (pixels + fitting - 1) / fitting
        return pieces == 1 ? pixels : length(pieces: (pieces + 1) / 2 * 2)
    }

    /// Pixels of each piece where there are to be so many: whole register tiles.
    public func length(pieces: Int) -> Int { max(14, ((pixels + pieces - 1) / pieces + 13) / 14 * 14) }

    /// Packs weights: `weight(o, r, i)` for output channel o, run r and its element i.
    public func pack(
        outputs: Int, to packed: UnsafeMutablePointer<Float>,
        _ weight: (_ output: Int, _ run: Int, _ element: Int) -> Float
    ) {
        var out = packed
        for panel in 0..<blocks {
            for run in 0..<runs.count {
                for element in 0..<(run < wholeRuns ? runLength : restLength) {
                    for lane in 0..<BlockedLayout.width {
                        let output = panel * BlockedLayout.width + lane
                        out[lane] = output < outputs ? weight(output, run, element) : 0
                    }
                    out += BlockedLayout.width
                }
            }
        }
    }
}
