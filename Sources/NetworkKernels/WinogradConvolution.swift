/// 3×3 convolution with stride 1 on blocked planes by Winograd's F(4×4, 3×3): 36 products for 16 outputs instead of
/// 144.
///
/// Tiles of 6×6 inputs are transformed, `V = Bᵀ d B`; for each of the 36 places a matrix of tiles × channels is
/// multiplied with one of channels × outputs, `M = V U`; tiles of 4×4 outputs are transformed back, `Aᵀ m A`. The
/// weights are transformed at load, `U = G g Gᵀ`.
///
/// Precision: about 1e-5 of the largest output, against 1e-6 of direct sums.
public struct WinogradConvolution: Sendable {
    public let height: Int
    public let width: Int
    public let inputHeight: Int
    public let inputWidth: Int
    public let top: Int
    public let left: Int
    public let inputBlocks: Int
    public let outputBlocks: Int

    public init(
        input: (height: Int, width: Int), output: (height: Int, width: Int), top: Int, left: Int, inputBlocks: Int,
        outputBlocks: Int
    ) {
        (inputHeight, inputWidth) = input
        (height, width) = output
        self.top = top
        self.left = left
        self.inputBlocks = inputBlocks
        self.outputBlocks = outputBlocks
    }

    /// Products of one tile.
    public static let places = 36

    var inputs: Int { inputBlocks * BlockedLayout.width }
    var outputs: Int { outputBlocks * BlockedLayout.width }
    public var tilesAcross: Int { (width + 3) / 4 }
    public var tiles: Int { tilesAcross * ((height + 3) / 4) }

    /// Whether the weights stay in a core's second-level cache beside the tiles of a piece. Pieces then go to the
    /// threads as they are; otherwise the threads share each piece out, so that each reads a part of the weights only.
    public var hasLightWeights: Bool { 4 * packedCount <= 1_300_000 }

    /// Tiles that one piece of work takes: enough for each panel of weights to serve several times, and an even number
    /// of pieces where threads take whole ones.
    public var tilesPerPiece: Int {
        let perTile = Self.places * 4 * (inputs + outputs)
        let room = hasLightWeights ? max(0, 900_000 - 4 * packedCount) : 3 << 20
        let fitting = min(98, max(hasLightWeights ? 14 : 28, room / perTile / 14 * 14))
        guard hasLightWeights, tiles >= 16 else { return fitting }
        let pieces = (tiles + 2 * fitting - 1) / (2 * fitting) * 2
        return (tiles + pieces - 1) / pieces
    }

    public var packedCount: Int { Self.places * inputs * outputs }
    /// Elements of the transformed inputs, and of the sums, of one piece of work.
    public var transformedCount: Int { Self.places * tilesPerPiece * inputs }
    public var sumCount: Int { Self.places * tilesPerPiece * outputs }

    /// Transforms and packs the weights of one output channel and one input channel.
    public func pack(
        _ kernel: UnsafePointer<Float>, output: Int, input: Int, to packed: UnsafeMutablePointer<Float>
    ) {
        let g: [[Double]] = [
            [1.0 / 4, 0, 0], [-1.0 / 6, -1.0 / 6, -1.0 / 6], [-1.0 / 6, 1.0 / 6, -1.0 / 6],
            [1.0 / 24, 1.0 / 12, 1.0 / 6], [1.0 / 24, -1.0 / 12, 1.0 / 6], [0, 0, 1],
        ]
        for i in 0..<6 {
            for j in 0..<6 {
                var sum = 0.0
                for a in 0..<3 { for b in 0..<3 { sum += g[i][a] * g[j][b] * Double(kernel[a * 3 + b]) } }
                let place = i * 6 + j
                packed[((place * outputBlocks + output / 16) * inputs + input) * 16 + output % 16] = Float(sum)
            }
        }
    }
}
