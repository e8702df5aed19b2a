/// A step of a plan before it has its memory.
struct PlanNode {
    var label: String
    var operatorName: String
    var computation: any Computation
    var inputs: [ValueID?]
    var outputs: [ValueID?]
    /// How the step computes, where there are several ways.
    var algorithm = ""
    /// The layer itself where its shapes are known only in a run.
    var late: GraphNode?
}
