/// Complex sequences of one length, side by side: for each element the real parts of all of them, then the imaginary ones.
public enum SpectralLanes {
    /// Sequences side by side.
    public static let count = 16
    /// Floats of one element of all sequences.
    public static let stride = 2 * count
    /// Weights of 0 before the first and behind the last row of weights, so that several results share loads.
    public static let padding = 7
}

/// A discrete Fourier transform in place of the sequences of one group of lanes.
public struct TransformWork {
    /// `size` elements.
    public var data: UnsafeMutablePointer<Float>
    /// For each span from `size / 2` down to 1 the numbers `exp(−πi · j / span)` for `j` in `0..<span`, real and
    /// imaginary part.
    public var twiddles: UnsafePointer<Float>
    /// A power of two.
    public var size: Int

    public init(data: UnsafeMutablePointer<Float>, twiddles: UnsafePointer<Float>, size: Int) {
        self.data = data
        self.twiddles = twiddles
        self.size = size
    }
}

/// Several rows of `Σ weight[k] · row[y + k]`, element by element, over complex numbers.
public struct SpectralProductWork {
    /// The rows under the windows of all results, one after the other.
    public var rows: UnsafePointer<UnsafePointer<Float>>
    /// Rows under the window of one result.
    public var rowCount: Int
    /// For each element the weights of all rows, real and imaginary part, with `SpectralLanes.padding` zeros around them.
    public var weights: UnsafePointer<Float>
    /// For each result `size` elements.
    public var output: UnsafeMutablePointer<Float>
    public var size: Int

    public init(
        rows: UnsafePointer<UnsafePointer<Float>>, rowCount: Int, weights: UnsafePointer<Float>,
        output: UnsafeMutablePointer<Float>, size: Int
    ) {
        self.rows = rows
        self.rowCount = rowCount
        self.weights = weights
        self.output = output
        self.size = size
    }
}
