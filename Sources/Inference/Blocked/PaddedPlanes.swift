import NetworkKernels

extension Padding {
    /// The planes with zeros around them, in the run's working memory; the planes themselves where nothing is added.
    func padded(_ planes: UnsafeMutablePointer<Float>, planes count: Int, _ run: LayerRun) -> UnsafePointer<Float> {
        if isEmpty { return UnsafePointer(planes) }
        let padded = run.scratch.assumingMemoryBound(to: Float.self)
        run.workers.forEachRange(of: count, length: max(1, parallelThreshold / outputCount)) {
            for plane in $0 { copy(planes + plane * inputCount, to: padded + plane * outputCount) }
        }
        return UnsafePointer(padded)
    }
}
