/// The loops in which networks spend their time. Each level of vector instructions has its own type; what they compute
/// is the same to the last bit.
///
/// Blocked planes, rows and packed weights lie as the types that are passed describe. Pointers must not overlap unless
/// it is said that they may.
public protocol VectorLoops: Sendable {
    // MARK: Convolutions

    /// Computes some pixels of some panels of one image.
    ///
    /// - `input`: the first element of the (padded) input. `weights`: packed. `bias`, `slopes`: for all blocks.
    /// - `output`, `residual`: the image's blocked planes.
    static func convolve(
        _ convolution: DirectConvolution, _ input: UnsafePointer<Float>, weights: UnsafePointer<Float>,
        bias: UnsafePointer<Float>, slopes: UnsafePointer<Float>?, residual: UnsafePointer<Float>?,
        epilogue: Epilogue, pixels: Range<Int>, panels: Range<Int>, to output: UnsafeMutablePointer<Float>)

    /// `V = Bᵀ d B` for some tiles of one image and some blocks of its channels, which must all be done before the
    /// products.
    static func transformInputs(
        _ convolution: WinogradConvolution, _ input: UnsafePointer<Float>, tiles: Range<Int>, blocks: Range<Int>,
        to transformed: UnsafeMutablePointer<Float>)

    /// `M = V U` at some of the 36 places, which must all be done before the sums are transformed.
    static func multiply(
        _ convolution: WinogradConvolution, _ transformed: UnsafePointer<Float>, weights: UnsafePointer<Float>,
        tiles: Int, places: Range<Int>, to sums: UnsafeMutablePointer<Float>)

    /// `Aᵀ M A` with bias and epilogue, for some tiles and some blocks of output channels.
    static func transformOutputs(
        _ convolution: WinogradConvolution, _ sums: UnsafePointer<Float>, bias: UnsafePointer<Float>,
        slopes: UnsafePointer<Float>?, residual: UnsafePointer<Float>?, epilogue: Epilogue, tiles: Range<Int>,
        blocks: Range<Int>, to output: UnsafeMutablePointer<Float>)

    /// Some output rows of one block.
    ///
    /// - `weights`: kernel places in rows, the block's channels each. `bias`, `slopes`: of the block.
    static func convolve(
        _ convolution: DepthwiseConvolution, _ input: UnsafePointer<Float>, weights: UnsafePointer<Float>,
        bias: UnsafePointer<Float>, slopes: UnsafePointer<Float>?, residual: UnsafePointer<Float>?,
        epilogue: Epilogue, rows: Range<Int>, to output: UnsafeMutablePointer<Float>)

    /// Some rows of up to three output planes.
    static func convolve(
        _ convolution: FewOutputsConvolution, _ input: UnsafePointer<Float>, weights: UnsafePointer<Float>,
        bias: (Float, Float, Float), rows: Range<Int>, to output: FewOutputsConvolution.Outputs)

    // MARK: Matrices

    /// `c[i, j] = bias[j] + Σₖ a[i, k] · b[k, j]`
    ///
    /// - `a`: `rows` × `depth`, element (i, k) at `i · aRow + k · aColumn`.
    /// - `b`: packed.
    /// - `c`: `rows` × `columns`, rows `cRow` apart.
    /// - `panels`: which panels of 16 columns to compute.
    /// - `bias`: sixteen for each panel; zero where it is nil.
    /// - `scratch`: `MatrixProduct.scratchCount` elements, one's own.
    static func multiply(
        _ a: UnsafePointer<Float>, aRow: Int, aColumn: Int, _ b: UnsafePointer<Float>, rows: Int, depth: Int,
        columns: Int, panels: Range<Int>, bias: UnsafePointer<Float>?, to c: UnsafeMutablePointer<Float>, cRow: Int,
        scratch: UnsafeMutablePointer<Float>)

    /// `y[j] = scale · Σₖ x[k] · w[j · depth + k] + bias[j]` for some rows j of a matrix as it stands in memory, in sixteen
    /// partial sums for each.
    static func dots(
        _ x: UnsafePointer<Float>, _ weights: UnsafePointer<Float>, depth: Int, rows: Range<Int>, scale: Float,
        bias: UnsafePointer<Float>?, to y: UnsafeMutablePointer<Float>)

    // MARK: Functions of elements

    /// `output[i] = f(input[i])`; both may be the same memory.
    static func apply(
        _ function: UnaryFunction, _ input: UnsafePointer<Float>, to output: UnsafeMutablePointer<Float>, count: Int)

    /// `output[i] = f(a[i · aStep], b[i · bStep])`, steps 0 or 1; the output may be one of the inputs' memory where
    /// that input's step is 1.
    static func apply(
        _ function: BinaryFunction, _ a: UnsafePointer<Float>, step aStep: Int, _ b: UnsafePointer<Float>,
        step bStep: Int, to output: UnsafeMutablePointer<Float>, count: Int)

    // MARK: Blocked planes

    /// One block of channels out of planes; missing channels become zero.
    static func block(
        _ planes: UnsafePointer<Float>, channels: Int, plane: Int, to out: UnsafeMutablePointer<Float>)

    /// The planes of some channels of one block.
    static func unblock(
        _ block: UnsafePointer<Float>, fromLane: Int, channels: Int, plane: Int, to out: UnsafeMutablePointer<Float>)

    /// `out[p, c]` for some pixels p and `channels` channels from the channel `first` on, of blocks that begin `block`
    /// elements apart.
    static func unblockPixels(
        _ blocks: UnsafePointer<Float>, block: Int, first: Int, channels: Int, pixels: Range<Int>,
        to out: UnsafeMutablePointer<Float>)

    /// The largest elements of some output rows of one block; only height and width count.
    static func maximum(
        _ pooling: PlainPooling, _ input: UnsafePointer<Float>, to out: UnsafeMutablePointer<Float>,
        rows: Range<Int>)

    /// The means of some output rows of one block.
    static func mean(
        _ pooling: PlainPooling, _ input: UnsafePointer<Float>, to out: UnsafeMutablePointer<Float>,
        rows: Range<Int>, countsPadding: Bool)

    /// Copies blocked pixels to places that lie further apart.
    static func spread(
        _ input: UnsafePointer<Float>, rows: Int, columns: Int, to out: UnsafeMutablePointer<Float>, rowStep: Int,
        columnStep: Int)

    /// The mean of each channel of a block.
    static func mean(_ input: UnsafePointer<Float>, pixels: Int, to out: UnsafeMutablePointer<Float>)

    /// `out = scale · (x − mean) / √(variance + epsilon) + bias` for each channel of a block.
    static func normalize(
        _ input: UnsafePointer<Float>, to out: UnsafeMutablePointer<Float>, pixels: Int, epsilon: Float,
        scale: UnsafePointer<Float>, bias: UnsafePointer<Float>)

    /// `out = scale[c] · x + shift[c]` for the channels of a block; both may be the same memory.
    static func scale(
        _ input: UnsafePointer<Float>, to out: UnsafeMutablePointer<Float>, pixels: Int,
        scale: UnsafePointer<Float>, shift: UnsafePointer<Float>)

    /// `out[c] = x[c] / (bias + scale · Σ x[i]²)^power` for some pixels of one image, over the channels i from
    /// `c − before` to `c + after` that exist; both are at most 16.
    static func normalizeAcross(
        _ input: UnsafePointer<Float>, blocks: Int, channels: Int, plane: Int, pixels: Range<Int>, before: Int,
        after: Int, scale: Float, bias: Float, power: Float, to out: UnsafeMutablePointer<Float>)

    /// `out = f(x, y[c])`, or `f(y[c], x)` with `swapped`, for the channels of a block; `out` may be `input`.
    static func perChannel(
        _ function: BinaryFunction, _ input: UnsafePointer<Float>, _ channels: UnsafePointer<Float>, swapped: Bool,
        to out: UnsafeMutablePointer<Float>, pixels: Int)

    /// Copies `count` channels of each pixel, from lane `fromLane` of one block to lane `toLane` of another.
    static func copyLanes(
        _ input: UnsafePointer<Float>, fromLane: Int, to out: UnsafeMutablePointer<Float>, toLane: Int, count: Int,
        pixels: Int)

    /// `out[j · outRow + i] = in[i · inRow + j]` for i below `rows` and j below `columns`.
    static func transpose(
        _ input: UnsafePointer<Float>, row inRow: Int, rows: Int, columns: Int, to out: UnsafeMutablePointer<Float>,
        row outRow: Int)

    // MARK: Resampling

    /// `out[i] = in[places[i]]` for blocked pixels.
    static func gather(
        _ input: UnsafePointer<Float>, places: UnsafePointer<Int32>, to out: UnsafeMutablePointer<Float>, count: Int)

    /// `out[o, c] = Σₜ w[o, t] · in[place[o, t], c]` for rows of `width` elements that lie together.
    static func resampleRows(
        _ axis: ResamplingAxis, _ input: UnsafePointer<Float>, to out: UnsafeMutablePointer<Float>, width: Int,
        outputs: Range<Int>)

    /// The same along the innermost axis of one row.
    static func resampleRow(
        _ axis: ResamplingAxis, _ input: UnsafePointer<Float>, to out: UnsafeMutablePointer<Float>, count: Int)

    // MARK: Sums and extremes, always in the same order

    /// `Σ x[i]` in sixteen partial sums, which are added in order at the end of each 4096 elements and the parts in
    /// float64.
    static func sum(_ x: UnsafePointer<Float>, count: Int) -> Double

    /// `Σ (x[i] − mean)²`
    static func squaredDeviations(_ x: UnsafePointer<Float>, count: Int, mean: Float) -> Double

    /// The largest element; −∞ for none, NaN where the first is one.
    static func maximum(_ x: UnsafePointer<Float>, count: Int) -> Float

    /// `y[i] = e^(x[i] − shift)`, and the sum of them.
    static func exponentials(
        _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int, shift: Float
    ) -> Double

    /// Softmax of `rows` runs of `count` elements, a few each: `y[i] = e^(x[i] − max) / Σ e^(x[j] − max)`.
    static func softmax(
        _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, rows: Int, count: Int)

    /// `y[i] = scale · x[i] + shift`; both may be the same memory.
    static func affine(
        _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int, scale: Float, shift: Float)

    /// `y[i] = (scale · x[i] + shift) · factors[i · step] + terms[i · termStep]`, steps 0 or 1; both may be the same memory.
    static func affine(
        _ x: UnsafePointer<Float>, to y: UnsafeMutablePointer<Float>, count: Int, scale: Float, shift: Float,
        then factors: UnsafePointer<Float>, step: Int, plus terms: UnsafePointer<Float>, step termStep: Int)

    /// For each of `columns` neighbouring columns the place of its largest element along an axis of `size`.
    ///
    /// - `step`: from one element of a column to the next. `negate`: the smallest instead of the largest.
    /// - `takesLast`: of equal elements the last one counts instead of the first.
    static func extremePlaces(
        _ input: UnsafePointer<Float>, size: Int, step: Int, columns: Int, negate: Bool, takesLast: Bool,
        to places: UnsafeMutablePointer<Int64>)
}
