import Operations

/// The values of a pipeline whose samples lie as the file stores them, so that its orientation tag still holds for them.
struct UnturnedValues {
    private var values: Set<Int> = []

    /// Steps come in their order.
    ///
    /// - `isSure`: of an `upright` step, whether it could tell which way up its picture is.
    mutating func note(_ action: Pipeline.Action, inputs: [Int], results: [Int], isSure: Bool = true) {
        switch action {
        case .decode(let step):
            if !step.orient { values.formUnion(results) }
        case .operation(let operation):
            // What a network found out about the picture itself takes the place of the tag.
            if operation is Upright, isSure { return }
            if contain(inputs) { values.formUnion(results) }
        case .encode, .record: break
        }
    }

    func contain(_ inputs: [Int]) -> Bool { !values.isDisjoint(with: inputs) }
}
