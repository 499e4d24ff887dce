#Theano-like approach (conceptual): defining custom operations within the symbolic graph
# (Theano code would involve defining custom Theano Ops, a complex and now deprecated process)
