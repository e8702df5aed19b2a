extension [Detection] {
    /// Drops every detection that overlaps a better one of its class by more than `overlap` (intersection over union),
    /// and all beyond the best `count`.
    ///
    /// - Returns: the rest, the best first; of equal scores the earlier one counts as better.
    /// - Precondition: scores are numbers.
    /// - Source: greedy non-maximum suppression, as by Girshick et al., *Rich feature hierarchies*, 2014.
    public func suppressed(overlap: Double, count: Int) -> [Detection] {
        // Among thousands of candidates a network means the best few; the rest would only cost time.
        let order = indices.sorted { (self[$0].score, $1) > (self[$1].score, $0) }.prefix(Self.mostCandidates)
        var kept: [Detection] = []
        for index in order where kept.count < count {
            let candidate = self[index]
            let isCovered = kept.contains { $0.kind == candidate.kind && $0.box.overlap(candidate.box) > overlap }
            if !isCovered { kept.append(candidate) }
        }
        return kept
    }

    /// Candidates that are compared with each other.
    static var mostCandidates: Int { 5_000 }
}
