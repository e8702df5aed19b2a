import Raster

/// A sample type that the convolutions work in.
public protocol TapSample: Sendable, Equatable, Numeric {
    /// `output[x] = Σ weight · rows[row][x + offset]` by the fastest way there is; see `convolveTapsScalar`.
    static func convolve(
        _ rows: UnsafePointer<UnsafePointer<Self>>, _ taps: UnsafeBufferPointer<Tap<Self>>,
        _ output: UnsafeMutablePointer<Self>, count: Int)
}

extension Int16: TapSample {
    public static func convolve(
        _ rows: UnsafePointer<UnsafePointer<Int16>>, _ taps: UnsafeBufferPointer<Tap<Int16>>,
        _ output: UnsafeMutablePointer<Int16>, count: Int
    ) {
        convolveTaps(rows, taps, output, count: count)
    }
}

extension Int32: TapSample {
    public static func convolve(
        _ rows: UnsafePointer<UnsafePointer<Int32>>, _ taps: UnsafeBufferPointer<Tap<Int32>>,
        _ output: UnsafeMutablePointer<Int32>, count: Int
    ) {
        convolveTaps(rows, taps, output, count: count)
    }
}

extension Float: TapSample {
    public static func convolve(
        _ rows: UnsafePointer<UnsafePointer<Float>>, _ taps: UnsafeBufferPointer<Tap<Float>>,
        _ output: UnsafeMutablePointer<Float>, count: Int
    ) {
        convolveTaps(rows, taps, output, count: count)
    }
}
