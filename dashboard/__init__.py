"""The page: tabs over one survey, served by ``panel serve dashboard``.

``state`` holds the choices of one viewer, ``catalog`` derives everything from them,
``figures`` draw it, ``tabs`` arrange the drawings, ``app`` puts them on the page.
"""
