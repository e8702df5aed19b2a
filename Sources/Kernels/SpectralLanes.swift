import KernelParameters
import Raster

/// Puts `count` samples, `step` apart, into one lane of `size` elements, and zeros behind them.
public func fillLane(
    _ lane: UnsafeMutablePointer<Float>, size: Int, from samples: UnsafeRawPointer, _ type: SampleType, at first: Int,
    step: Int, count: Int
) {
    func fill<Sample>(_ samples: UnsafePointer<Sample>, _ value: (Sample) -> Float) {
        for t in 0..<count { lane[t * SpectralLanes.stride] = value(samples[first + t * step]) }
    }
    if type == .uint8 {
        fill(samples.assumingMemoryBound(to: UInt8.self)) { Float($0) }
    } else {
        fill(samples.assumingMemoryBound(to: Float.self)) { $0 }
    }
    for t in count..<size { lane[t * SpectralLanes.stride] = 0 }
}

/// Takes `count` samples out of a lane, adds `term` and puts them `step` apart.
public func emptyLane(
    _ lane: UnsafePointer<Float>, to samples: UnsafeMutablePointer<Float>, step: Int, count: Int, term: Float
) {
    for t in 0..<count { samples[t * step] = lane[t * SpectralLanes.stride] + term }
}
